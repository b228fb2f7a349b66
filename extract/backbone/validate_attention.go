package backbone

import (
	"errors"
	"fmt"

	"featurecache/extract/backbone/graph"
)

func validateAttention(l *graph.Attention) error {
	heads, groups, s := len(l.QFrom), len(l.QPixels), l.Out.Shape
	switch {
	case heads < 1 || len(l.KFrom) != heads || len(l.VFrom) != heads:
		return fmt.Errorf("%d, %d and %d heads", heads, len(l.KFrom), len(l.VFrom))
	case groups < 1 || len(l.KPixels) != groups || len(l.OutPixels) != groups:
		return fmt.Errorf("%d, %d and %d groups", groups, len(l.KPixels), len(l.OutPixels))
	case l.D < 1 || l.DV < 1 || l.DV > s.C || heads*l.DV != s.C:
		return fmt.Errorf("%d heads of %d and %d channels become %v", heads, l.D, l.DV, s)
	}
	if err := errors.Join(channelsIn(l.Q, l.QFrom, l.D), channelsIn(l.K, l.KFrom, l.D), channelsIn(l.V, l.VFrom, l.DV)); err != nil {
		return err
	}
	made := make([]bool, s.H*s.W)
	missing := len(made)
	for g := range groups {
		queries, keys := len(l.QPixels[g]), len(l.KPixels[g])
		if queries < 1 || keys < 1 || len(l.OutPixels[g]) != queries {
			return fmt.Errorf("group %d has %d queries, %d keys and %d results", g, queries, keys, len(l.OutPixels[g]))
		}
		err := errors.Join(pixelsIn(l.Q, l.QPixels[g]), pixelsIn(l.K, l.KPixels[g]), pixelsIn(l.V, l.KPixels[g]), pixelsIn(l.Out, l.OutPixels[g]))
		if err != nil {
			return fmt.Errorf("group %d: %w", g, err)
		}
		for _, p := range l.OutPixels[g] {
			if made[p] {
				return fmt.Errorf("group %d makes pixel %d again", g, p)
			}
			made[p] = true
			missing--
		}
	}
	if missing > 0 {
		return fmt.Errorf("%d of %d pixels are not made", missing, len(made))
	}
	return validateBias(l)
}

func validateBias(l *graph.Attention) error {
	heads := len(l.QFrom)
	if l.Bias == nil {
		return nil
	}
	if len(l.BiasAt) != len(l.QPixels)*heads {
		return fmt.Errorf("%d places of biases for %d groups of %d heads", len(l.BiasAt), len(l.QPixels), heads)
	}
	for i, at := range l.BiasAt {
		g := i / heads
		if n := len(l.QPixels[g]) * len(l.KPixels[g]); at < 0 || at > len(l.Bias)-n {
			return fmt.Errorf("the bias of group %d and head %d is %d numbers from %d on, of %d", g, i%heads, n, at, len(l.Bias))
		}
	}
	return nil
}

func channelsIn(v *graph.Value, from []int, n int) error {
	for h, c := range from {
		if c < 0 || n > v.Shape.C || c > v.Shape.C-n {
			return fmt.Errorf("head %d reads %d channels of %s from %d on, which has %d", h, n, v.Name, c, v.Shape.C)
		}
	}
	return nil
}

func pixelsIn(v *graph.Value, pixels []int32) error {
	for _, p := range pixels {
		if p < 0 || int(p) >= v.Shape.H*v.Shape.W {
			return fmt.Errorf("pixel %d of %s, which has %d", p, v.Name, v.Shape.H*v.Shape.W)
		}
	}
	return nil
}
