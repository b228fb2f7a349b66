package inline

import (
	"bytes"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/term"
)

// patience is how long a terminal may take to answer, over a slow connection too.
const patience = 500 * time.Millisecond

// detect returns the protocol that the terminal understands, or Off. iTerm2's protocol
// has no query, so its terminals are recognised by name; others are queried.
func detect(getenv func(string) string) Protocol {
	switch {
	case getenv("TERM") == "dumb":
		return Off
	case getenv("TERM_PROGRAM") == "iTerm.app", getenv("LC_TERMINAL") == "iTerm2":
		return ITerm2
	}
	tty, err := os.OpenFile("/dev/tty", os.O_RDWR, 0)
	if err != nil {
		return Off
	}
	defer tty.Close()
	// Without a deadline, a terminal that does not answer would hang the program. Fd
	// would disable the deadline, so the descriptor comes from SyscallConn.
	if err := tty.SetReadDeadline(time.Now().Add(patience)); err != nil {
		return Off
	}
	raw, err := tty.SyscallConn()
	if err != nil {
		return Off
	}
	var state *term.State
	_ = raw.Control(func(fd uintptr) { state, err = term.MakeRaw(int(fd)) })
	if err != nil {
		return Off
	}
	found := ask(tty)
	_ = raw.Control(func(fd uintptr) { _ = term.Restore(int(fd), state) })
	return found
}

// ask sends two queries: kitty's, and the one for the primary device attributes, which
// every terminal answers. Attribute 4 means sixels. A terminal that does not know kitty's
// query answers only the second.
func ask(tty io.ReadWriter) Protocol {
	if _, err := io.WriteString(tty, "\x1b_Gi=1,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\\x1b[c"); err != nil {
		return Off
	}
	var answer []byte
	buf := make([]byte, 256)
	for len(answer) < 4096 {
		n, err := tty.Read(buf)
		answer = append(answer, buf[:n]...)
		if attributes, ok := deviceAttributes(answer); ok {
			switch {
			case bytes.Contains(answer, []byte("\x1b_Gi=1;OK")):
				return Kitty
			case slices.Contains(attributes, "4"):
				return Sixel
			}
			return Off
		}
		if err != nil {
			break
		}
	}
	return Off
}

// deviceAttributes finds ESC [ ? n ; n … c.
func deviceAttributes(answer []byte) ([]string, bool) {
	_, rest, ok := strings.Cut(string(answer), "\x1b[?")
	if !ok {
		return nil, false
	}
	list, _, ok := strings.Cut(rest, "c")
	return strings.Split(list, ";"), ok
}

// terminalWidth is the terminal's width in pixels, estimated from its columns and the
// letter width of a small font, because few terminals report it.
func terminalWidth(f *os.File) int {
	const letter = 8
	columns, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return letter * columns
}
