package main

import (
	"encoding/json"
	"fmt"
	"time"

	"featurecache/cache"
)

type cacheLsCmd struct {
	Cache string `required:"" placeholder:"FILE" help:"Feature store that extract made."`
	JSON  bool   `help:"Print one JSON object per feature space."`
}

func (*cacheLsCmd) Help() string {
	return `Example:
  pipeline cache ls --cache features.db

A feature space holds the features of one backbone, transform and seed. An asterisk marks the space of the last extract, which fit trains on.

Exit status: 0 done; 1 failed; 2 wrong usage; 75 another run holds the store.`
}

// spaceJSON is a line of cache ls --json.
type spaceJSON struct {
	Space     string    `json:"space"`
	Last      bool      `json:"last"` // of the last extract
	Model     string    `json:"model"`
	Backbone  string    `json:"backbone_sha256"`
	Feature   string    `json:"feature"`
	Width     int       `json:"width"`
	Transform string    `json:"transform"`
	Numerics  string    `json:"numerics"`
	Created   time.Time `json:"created"`
	Images    int       `json:"images"`
	Bad       int       `json:"bad"`
	Features  int       `json:"features"`
	Bytes     int64     `json:"bytes"`
}

// Run runs the command.
func (c *cacheLsCmd) Run(con console) error {
	store, err := cache.Open(c.Cache, cache.Options{ReadOnly: true, Timeout: cache.LockTimeout})
	if err != nil {
		return err
	}
	defer store.Close()
	spaces, err := store.Spaces()
	if err != nil {
		return err
	}
	if c.JSON {
		enc := json.NewEncoder(con.stdout)
		for _, s := range spaces {
			if err := enc.Encode(spaceJSON{
				Space: s.ID.String(), Last: s.Last, Model: s.Model, Backbone: fmt.Sprintf("%x", s.Backbone),
				Feature: s.Feature, Width: s.Width, Transform: s.Transform, Numerics: s.Numerics,
				Created: s.Created, Images: s.Images, Bad: s.Bad, Features: s.Features, Bytes: s.Bytes,
			}); err != nil {
				return err
			}
		}
		return nil
	}
	size, err := store.Size()
	if err != nil {
		return err
	}
	fmt.Fprintf(con.stdout, "%s: %s, %s\n", c.Cache, byteSize(size), count(len(spaces), "feature space"))
	for _, s := range spaces {
		printSpace(con, s)
	}
	return nil
}

func printSpace(con console, s cache.SpaceInfo) {
	mark := " "
	if s.Last {
		mark = "*"
	}
	w := con.stdout
	fmt.Fprintf(w, "\n%s %s  made %s\n", mark, s.ID, s.Created.Local().Format(time.DateTime))
	fmt.Fprintf(w, "    backbone   %s (SHA-256 %x…), feature %s, width %d\n", s.Model, s.Backbone[:6], s.Feature, s.Width)
	fmt.Fprintf(w, "    transform  %s\n", s.Transform)
	fmt.Fprintf(w, "    numerics   %s\n", s.Numerics)
	fmt.Fprintf(w, "    features   %s of %s, %s; %s\n",
		count(s.Features, "view"), count(s.Images, "image"), byteSize(s.Bytes), count(s.Bad, "bad image"))
	if scan := s.Scan; scan != nil {
		fmt.Fprintf(w, "    last scan  %s: %d classes, %d train × %d views, %d val, %d bad, %d ignored, %s\n",
			scan.Root, scan.Classes, scan.Train, scan.Views, scan.Val, scan.Bad, scan.Ignored, scan.Time.Local().Format(time.DateTime))
	}
}
