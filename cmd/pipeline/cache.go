package main

type cacheCmd struct {
	Ls     cacheLsCmd     `cmd:"" help:"List the feature spaces of a store, what made them and what is in them."`
	Verify cacheVerifyCmd `cmd:"" help:"Check a store; compare a sample of its features with the backbone's."`
	GC     cacheGCCmd     `cmd:"" name:"gc" help:"Remove what the last extract did not need, and shrink the file."`
	Merge  cacheMergeCmd  `cmd:"" help:"Join the stores of an extraction's shards."`
}
