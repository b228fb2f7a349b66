package durable

// SyncFolder does nothing here: Windows can't write a folder to disk.
func SyncFolder(string) error { return nil }
