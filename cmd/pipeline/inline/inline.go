// Package inline shows pictures in a terminal: see [Show]. It knows kitty's graphics
// protocol, iTerm2's inline images, and sixels.
package inline

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"image"
	"image/png"
	"io"
	"os"

	"golang.org/x/image/draw"
	"golang.org/x/term"
)

// Protocol is a way to put a picture into a terminal's stream of text.
type Protocol string

// The protocols. Auto detects the one that the terminal understands; Off shows nothing.
const (
	Auto   Protocol = "auto"
	Kitty  Protocol = "kitty"  // https://sw.kovidgoyal.net/kitty/graphics-protocol
	ITerm2 Protocol = "iterm2" // https://iterm2.com/documentation-images.html
	Sixel  Protocol = "sixel"  // DEC STD 070, chapter 9
	Off    Protocol = "off"
)

// Show writes the picture to w, shrunk to the terminal's width. With Auto it writes
// nothing unless w is a terminal that shows pictures.
func Show(w io.Writer, picture image.Image, p Protocol) error {
	width := 0
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		width = terminalWidth(f)
		if p == Auto {
			p = detect(os.Getenv)
		}
	}
	encode, ok := map[Protocol]func(*bytes.Buffer, image.Image) error{
		Kitty: kitty, ITerm2: iterm2, Sixel: sixel,
	}[p]
	if !ok {
		return nil
	}
	var out bytes.Buffer
	if err := encode(&out, shrink(picture, width)); err != nil {
		return err
	}
	out.WriteByte('\n')
	_, err := w.Write(out.Bytes())
	return err
}

// shrink makes a picture at most width pixels wide; 0 means no limit.
func shrink(picture image.Image, width int) image.Image {
	size := picture.Bounds().Size()
	if width < 1 || size.X <= width {
		return picture
	}
	small := image.NewRGBA(image.Rect(0, 0, width, max(1, size.Y*width/size.X)))
	draw.CatmullRom.Scale(small, small.Bounds(), picture, picture.Bounds(), draw.Src, nil)
	return small
}

// kitty writes a PNG in chunks of 4096 base64 digits, the most that the protocol
// allows; q=2 keeps the terminal from answering.
func kitty(out *bytes.Buffer, picture image.Image) error {
	const chunk = 4096
	data, err := encodePNG(picture)
	if err != nil {
		return err
	}
	control := "a=T,f=100,q=2,"
	for more := 1; more == 1; control = "" {
		n := min(chunk, len(data))
		if n == len(data) {
			more = 0
		}
		fmt.Fprintf(out, "\x1b_G%sm=%d;%s\x1b\\", control, more, data[:n])
		data = data[n:]
	}
	return nil
}

func iterm2(out *bytes.Buffer, picture image.Image) error {
	data, err := encodePNG(picture)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "\x1b]1337;File=inline=1;size=%d:%s\a", base64.StdEncoding.DecodedLen(len(data)), data)
	return nil
}

func encodePNG(picture image.Image) (string, error) {
	var file bytes.Buffer
	err := png.Encode(&file, picture)
	return base64.StdEncoding.EncodeToString(file.Bytes()), err
}
