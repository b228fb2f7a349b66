package kernel

import "featurecache/simd"

// Copy puts the channels of one image into those of another of the same height and
// width, from Channel on.
type Copy struct {
	In, Out Layout
	Channel int
}

// Run computes one image. dst must share no memory with src.
func (c *Copy) Run(dst, src []float32) {
	shift := c.Channel % Lanes
	for cb := range Blocks(c.In.C) {
		channels := min(Lanes, c.In.C-cb*Lanes)
		to := c.Channel/Lanes + cb
		first := min(channels, Lanes-shift) // that still fall into block to
		for y := range c.In.H {
			from := src[c.In.Offset(cb, y, 0):][:c.In.W*Lanes]
			out := c.Out.Offset(to, y, 0) + shift
			next := c.Out.Offset(to+1, y, 0) // of no meaning where nothing falls into it
			for x := 0; x < len(from); x += Lanes {
				copy(dst[out+x:][:first], from[x:])
				if first < channels {
					copy(dst[next+x:], from[x+first:x+channels])
				}
			}
		}
	}
}

// Scale computes out = min(max(in·gain + 0, Lo), Hi), where gain is one number a
// channel, [C,1,1]: product and sum are one fused multiply-add, so that a product of
// −0 becomes +0.
type Scale struct {
	In, Gain, Out Layout
	Lo, Hi        float32
}

// Run computes one image. dst may be src where their layouts are the same.
func (s *Scale) Run(level simd.Level, dst, src, gain []float32) {
	zero := make([]float32, Lanes)
	for cb := range Blocks(s.In.C) {
		g := gain[s.Gain.Offset(cb, 0, 0):][:Lanes]
		for y := range s.In.H {
			n := s.In.W * Lanes
			affineRow(level, dst[s.Out.Offset(cb, y, 0):][:n], src[s.In.Offset(cb, y, 0):][:n], g, zero, s.Lo, s.Hi)
		}
	}
}
