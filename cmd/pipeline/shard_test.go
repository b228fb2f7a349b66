package main

import (
	"strings"
	"testing"

	"featurecache/extract"
)

func TestShardFromJob(t *testing.T) {
	for _, c := range []struct {
		env  string
		want extract.Shard // the zero value: an error, or all images without variables
	}{
		{"", extract.Shard{}},
		{"SLURM_ARRAY_TASK_ID=0 SLURM_ARRAY_TASK_MIN=0 SLURM_ARRAY_TASK_MAX=7 SLURM_ARRAY_TASK_COUNT=8", extract.Shard{Index: 1, Count: 8}},
		{"SLURM_ARRAY_TASK_ID=8 SLURM_ARRAY_TASK_MIN=1 SLURM_ARRAY_TASK_MAX=8 SLURM_ARRAY_TASK_COUNT=8", extract.Shard{Index: 8, Count: 8}},
		{"SLURM_ARRAY_TASK_ID=30 SLURM_ARRAY_TASK_MIN=10 SLURM_ARRAY_TASK_MAX=40 SLURM_ARRAY_TASK_COUNT=4", extract.Shard{Index: 3, Count: 4}},
		{"SLURM_ARRAY_TASK_ID=5 SLURM_ARRAY_TASK_MIN=5 SLURM_ARRAY_TASK_MAX=5 SLURM_ARRAY_TASK_COUNT=1", extract.Shard{Index: 1, Count: 1}},
		{"SLURM_ARRAY_TASK_ID=3 SLURM_ARRAY_TASK_MIN=1 SLURM_ARRAY_TASK_MAX=7 SLURM_ARRAY_TASK_COUNT=3", extract.Shard{}}, // 1,3,7
		{"SLURM_ARRAY_TASK_ID=3", extract.Shard{}},
		{"JOB_COMPLETION_INDEX=0 JOB_COMPLETIONS=3", extract.Shard{Index: 1, Count: 3}},
		{"JOB_COMPLETION_INDEX=3 JOB_COMPLETIONS=3", extract.Shard{}},
		{"JOB_COMPLETION_INDEX=1", extract.Shard{}},
	} {
		env := map[string]string{}
		for _, word := range strings.Fields(c.env) {
			name, value, _ := strings.Cut(word, "=")
			env[name] = value
		}
		got, _, err := shard{}.orFromJob(func(name string) string { return env[name] })
		if wantErr := c.env != "" && c.want == (extract.Shard{}); got != c.want || (err != nil) != wantErr {
			t.Errorf("%s: %v, error %v", c.env, got, err)
		}
	}
	env := func(string) string { return "1" }
	if got, from, err := (shard{extract.Shard{Index: 1, Count: 1}}).orFromJob(env); err != nil || got.Count != 1 || from != "--shard" {
		t.Errorf("given: %v from %s, error %v", got, from, err)
	}
}
