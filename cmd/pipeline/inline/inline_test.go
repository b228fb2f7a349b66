package inline

import (
	"bytes"
	"encoding/base64"
	"image"
	"image/color"
	"image/png"
	"io"
	"regexp"
	"strings"
	"testing"
)

func picture(width, height int) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			img.SetRGBA(x, y, color.RGBA{uint8(x * 7), uint8(y * 13), uint8(x * y), 255})
		}
	}
	return img
}

// Each protocol carries the picture pixel for pixel.
func TestPNGProtocols(t *testing.T) {
	img := picture(120, 80)
	for p, pattern := range map[Protocol]string{
		Kitty:  "\x1b_G(?:a=T,f=100,q=2,)?m=[01];([^\x1b]+)\x1b\\\\",
		ITerm2: "\x1b\\]1337;File=inline=1;size=[0-9]+:([^\a]+)\a",
	} {
		var out bytes.Buffer
		if err := Show(&out, img, p); err != nil {
			t.Fatal(err)
		}
		if p == Kitty && (strings.Count(out.String(), "m=0;") != 1 || strings.Count(out.String(), "a=T") != 1) {
			t.Errorf("kitty's chunks neither begin nor end once")
		}
		re := regexp.MustCompile(pattern)
		var digits string
		for _, m := range re.FindAllStringSubmatch(out.String(), -1) {
			if p == Kitty && len(m[1]) > 4096 {
				t.Errorf("a chunk of %d digits", len(m[1]))
			}
			digits += m[1]
		}
		if rest := re.ReplaceAllString(out.String(), ""); rest != "\n" {
			t.Errorf("%s: stray bytes %q", p, rest)
		}
		got, err := png.Decode(base64.NewDecoder(base64.StdEncoding, strings.NewReader(digits)))
		if err != nil {
			t.Fatalf("%s: %v", p, err)
		}
		for i, want := range img.Pix {
			x, y, c := i/4%120, i/4/120, i%4
			r, g, b, a := got.At(x, y).RGBA()
			if [4]uint32{r, g, b, a}[c]>>8 != uint32(want) {
				t.Fatalf("%s: pixel %d,%d differs", p, x, y)
			}
		}
	}
}

func TestSixel(t *testing.T) {
	img := image.NewRGBA(image.Rect(0, 0, 5, 8))
	for i := range img.Pix {
		img.Pix[i] = 255
	}
	for y := range 8 {
		img.SetRGBA(2, y, color.RGBA{255, 0, 0, 255})
	}
	var out bytes.Buffer
	if err := Show(&out, img, Sixel); err != nil {
		t.Fatal(err)
	}
	_, body, _ := strings.Cut(out.String(), "#215;2;100;100;100")
	// White except the third column: six rows, then two.
	if want := "#180??~??$#215~~?~~$-#180??B??$#215BB?BB$-\x1b\\\n"; body != want {
		t.Errorf("got  %q\nwant %q", body, want)
	}
	if !strings.HasPrefix(out.String(), "\x1bP0;1q\"1;1;5;8#0;2;0;0;0") {
		t.Errorf("begins with %.40q", out.String())
	}
}

func TestRuns(t *testing.T) {
	var out bytes.Buffer
	runs(&out, []byte{0, 0, 0, 0, 63, 1, 1, 1})
	if out.String() != "!4?~@@@" {
		t.Errorf("got %q", out.String())
	}
}

func TestNothingWithoutTerminal(t *testing.T) {
	for _, p := range []Protocol{Auto, Off} {
		var out bytes.Buffer
		if err := Show(&out, picture(4, 4), p); err != nil || out.Len() > 0 {
			t.Errorf("%s: %v, %q", p, err, out.String())
		}
	}
}

// terminal answers queries as a terminal does, in pieces.
type terminal struct {
	asked   bytes.Buffer
	answers []string
}

func (f *terminal) Write(p []byte) (int, error) { return f.asked.Write(p) }

func (f *terminal) Read(p []byte) (int, error) {
	if len(f.answers) == 0 {
		return 0, io.ErrUnexpectedEOF // as when the deadline passes
	}
	n := copy(p, f.answers[0])
	f.answers = f.answers[1:]
	return n, nil
}

func TestAsk(t *testing.T) {
	for name, c := range map[string]struct {
		answers []string
		want    Protocol
	}{
		"kitty":            {[]string{"\x1b_Gi=1;OK\x1b\\", "\x1b[?62;c"}, Kitty},
		"xterm -ti 340":    {[]string{"\x1b[?63;1;2;", "4;6c"}, Sixel},
		"plain xterm":      {[]string{"\x1b[?64;1;2;6;22c"}, Off},
		"44 is not 4":      {[]string{"\x1b[?64;44c"}, Off},
		"kitty's refusal":  {[]string{"\x1b_Gi=1;EINVAL:no\x1b\\\x1b[?62;4c"}, Sixel},
		"silence":          {nil, Off},
		"half an answer":   {[]string{"\x1b[?6"}, Off},
		"typed in between": {[]string{"ls\r", "\x1b[?4;6c"}, Sixel},
		"endless rubbish":  {slow(300), Off},
	} {
		f := &terminal{answers: c.answers}
		if got := ask(f); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
		if !strings.HasSuffix(f.asked.String(), "\x1b[c") {
			t.Errorf("%s: asked %q", name, f.asked.String())
		}
	}
}

func slow(n int) []string {
	answers := make([]string, n)
	for i := range answers {
		answers[i] = strings.Repeat("x", 200)
	}
	return answers
}

func TestDetectByName(t *testing.T) {
	for _, c := range []struct {
		name, value string
		want        Protocol
	}{{"TERM", "dumb", Off}, {"TERM_PROGRAM", "iTerm.app", ITerm2}, {"LC_TERMINAL", "iTerm2", ITerm2}} {
		got := detect(func(name string) string {
			if name == c.name {
				return c.value
			}
			return ""
		})
		if got != c.want {
			t.Errorf("%s=%s: %s, want %s", c.name, c.value, got, c.want)
		}
	}
}

func TestShrink(t *testing.T) {
	if got := shrink(picture(100, 50), 40).Bounds().Size(); got != image.Pt(40, 20) {
		t.Errorf("shrunk to %v", got)
	}
	if got := shrink(picture(100, 50), 0).Bounds().Size(); got != image.Pt(100, 50) {
		t.Errorf("unasked, shrunk to %v", got)
	}
}
