package folder

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestShardsJoin(t *testing.T) {
	p := func(count int, set string, have ...int) Shards { return Shards{Count: count, Have: have, Set: set} }
	for _, c := range []struct{ newer, older, want Shards }{
		{p(4, "a", 1), p(4, "a", 3), p(4, "a", 1, 3)},
		{p(4, "", 1, 3), p(4, "a", 3, 2), p(4, "a", 1, 2, 3)},
		{p(4, "b", 1), p(4, "a", 2), p(4, "b", 1, 2)},
		{p(2, "a", 1), p(0, ""), p(2, "a", 1, 2)}, // a part of the whole, made anew
		{p(2, "b", 1), p(3, "a", 1, 2, 3), p(2, "b", 1, 2)},
		{p(0, ""), p(4, "a", 1), p(0, "")},
		{p(2, "a", 1, 2), p(4, "a", 1), p(2, "a", 1, 2)},
	} {
		if got, err := c.newer.join(c.older); err != nil || !cmp.Equal(got, c.want) {
			t.Errorf("%+v and %+v: %+v, error %v", c.newer, c.older, got, err)
		}
	}
	if _, err := p(4, "a", 1).join(p(5, "a", 1)); err == nil {
		t.Error("shards of 4 and of 5 were joined")
	}
}
