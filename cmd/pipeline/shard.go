package main

import (
	"fmt"
	"strconv"

	"featurecache/extract"
)

// shard is I/N on the command line.
type shard struct{ extract.Shard }

// UnmarshalText implements [encoding.TextUnmarshaler].
func (s *shard) UnmarshalText(text []byte) (err error) {
	s.Shard, err = extract.ParseShard(string(text))
	return err
}

// orFromJob returns the shard that was given, or the one in the variables that the
// cluster's scheduler sets, and where it is from.
func (s shard) orFromJob(env func(string) string) (part extract.Shard, from string, err error) {
	switch {
	case s.Shard != (extract.Shard{}):
		return s.Shard, "--shard", nil
	case env("SLURM_ARRAY_TASK_ID") != "":
		part, err = slurmShard(env)
		return part, "SLURM_ARRAY_TASK_ID", err
	case env("JOB_COMPLETION_INDEX") != "":
		part, err = jobShard(env)
		return part, "JOB_COMPLETION_INDEX", err
	}
	return extract.Shard{}, "", nil
}

// slurmShard is a task's shard in its array, whatever the array's first index and step.
func slurmShard(env func(string) string) (extract.Shard, error) {
	var id, low, high, count int
	for name, value := range map[string]*int{"ID": &id, "MIN": &low, "MAX": &high, "COUNT": &count} {
		n, err := strconv.Atoi(env("SLURM_ARRAY_TASK_" + name))
		if err != nil {
			return extract.Shard{}, fmt.Errorf("SLURM_ARRAY_TASK_ID is set, but SLURM_ARRAY_TASK_%s is not a number", name)
		}
		*value = n
	}
	step := 1
	if count > 1 {
		step = (high - low) / (count - 1)
	}
	if step < 1 || id < low || id > high || (id-low)%step != 0 || low+step*(count-1) != high {
		return extract.Shard{}, fmt.Errorf("the Slurm array has %d tasks from %d to %d, not evenly spaced: the shard of task %d is unclear", count, low, high, id)
	}
	return extract.Shard{Index: (id-low)/step + 1, Count: count}, nil
}

// jobShard is a pod's shard in its Indexed Job. Kubernetes does not give pods the number
// of completions, so the manifest has to set JOB_COMPLETIONS.
func jobShard(env func(string) string) (extract.Shard, error) {
	index, err1 := strconv.Atoi(env("JOB_COMPLETION_INDEX"))
	count, err2 := strconv.Atoi(env("JOB_COMPLETIONS"))
	if err1 != nil || err2 != nil || index < 0 || index >= count {
		return extract.Shard{}, fmt.Errorf("JOB_COMPLETION_INDEX is %q and JOB_COMPLETIONS is %q: set JOB_COMPLETIONS to the Job's number of completions",
			env("JOB_COMPLETION_INDEX"), env("JOB_COMPLETIONS"))
	}
	return extract.Shard{Index: index + 1, Count: count}, nil
}
