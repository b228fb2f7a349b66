package main

import "github.com/mmcloughlin/avo/build"

// direct writes the direct convolution's micro-kernels.
func direct(_ *build.Context) {}
