package durable

// SyncFolder does nothing: Windows can't sync a folder.
func SyncFolder(string) error { return nil }
