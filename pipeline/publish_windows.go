package pipeline

import "errors"

// errPublish is why there are no runs on Windows.
var errPublish = errors.New("publishing replaces a symbolic link in one step, which Windows can't do: use extract and fit, and copy the head yourself")

// canPublish returns an error if this system can't publish.
func canPublish() error { return errPublish }

func replaceLink(string, string) error { return errPublish }
