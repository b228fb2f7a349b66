package kernel

import "featurecache/simd"

// Copy copies the channels of one image into another of the same height and width,
// starting at Channel.
type Copy struct {
	In, Out Layout
	Channel int
}

// Run copies the share s of the channels of one image. dst must share no memory with
// src.
func (c *Copy) Run(dst, src []float32, s Share) {
	shift := c.Channel % Lanes
	from, to := s.Of(Blocks(c.In.C))
	for cb := from; cb < to; cb++ {
		channels := min(Lanes, c.In.C-cb*Lanes)
		block := c.Channel/Lanes + cb
		first := min(channels, Lanes-shift) // that still fall into that block
		for y := range c.In.H {
			in := src[c.In.Offset(cb, y, 0):][:c.In.W*Lanes]
			out := c.Out.Offset(block, y, 0) + shift
			next := c.Out.Offset(block+1, y, 0) // of no meaning where nothing falls into it
			for x := 0; x < len(in); x += Lanes {
				copy(dst[out+x:][:first], in[x:])
				if first < channels {
					copy(dst[next+x:], in[x+first:x+channels])
				}
			}
		}
	}
}

// Scale computes out = min(max(in·gain + 0, Lo), Hi), where gain is one number per
// channel, [C,1,1]. Product and sum are one fused multiply-add, so a product of −0
// becomes +0.
type Scale struct {
	In, Gain, Out Layout
	Lo, Hi        float32
}

// Run computes a part of the channels of one image. dst may be src if their layouts are
// the same.
func (s *Scale) Run(level simd.Level, dst, src, gain []float32, part Share) {
	var zero [Lanes]float32
	from, to := part.Of(Blocks(s.In.C))
	for cb := from; cb < to; cb++ {
		g := gain[s.Gain.Offset(cb, 0, 0):][:Lanes]
		for y := range s.In.H {
			n := s.In.W * Lanes
			affineRow(level, dst[s.Out.Offset(cb, y, 0):][:n], src[s.In.Offset(cb, y, 0):][:n], g, zero[:], s.Lo, s.Hi)
		}
	}
}
