package graph

// LoadBytes is [Load] of a file's content, for fuzzing. Weights in other files
// are looked for in dir.
func LoadBytes(data []byte, dir string) (*Graph, error) {
	info := &Info{}
	err := info.parse(data, dir, Options{})
	return info.Graph, err
}
