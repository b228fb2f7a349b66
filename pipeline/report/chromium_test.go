package report

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"featurecache/testdata"
)

// TestInChromium lays every page out on a phone and on a desk, light and dark, and
// requires that nothing sticks out and nothing is complained about. With
// PIPELINE_SCREENSHOTS set to a folder, it leaves pictures there to look at.
func TestInChromium(t *testing.T) {
	browser, err := exec.LookPath("chromium")
	if err != nil {
		testdata.Missing(t, "chromium is not installed: install it to have the report laid out")
	}
	pages := map[string]string{}
	for name, in := range cases(t) {
		pages[name] = pageOf(t, in)
	}
	wide := strings.Replace(pages["two classes"], "<main>", `<main><div style="width:2000px">wide</div>`, 1)
	complaint := strings.Replace(pages["two classes"], "<main>", `<main><script>alert(1)</script>`, 1)
	dir := t.TempDir()
	for name, page := range pages {
		over, said := layOut(t, browser, dir, page)
		if over != "0 0" || said != "" {
			t.Errorf("%s: pixels that stick out at 360 and 1280: %s; console: %s", name, over, said)
		}
		screenshots(t, browser, dir, name, page)
	}
	// The checks see what they look for.
	if over, _ := layOut(t, browser, dir, wide); over == "0 0" {
		t.Error("a page that is too wide passed")
	}
	if _, said := layOut(t, browser, dir, complaint); said == "" {
		t.Error("a page that breaks its own policy passed")
	}
}

// layOut shows the page in frames of 360 and 1280 pixels, for a window can't be as
// narrow as a phone, and returns by how many pixels its content is wider, and what
// the console says.
func layOut(t *testing.T, browser, dir, page string) (over, console string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, "framed.html"), []byte(page), 0o644); err != nil {
		t.Fatal(err)
	}
	const host = `<!DOCTYPE html><html lang="en"><link rel="icon" href="data:,"><body>
		<iframe style="border:0" width="360" height="800" src="framed.html"></iframe>
		<iframe style="border:0" width="1280" height="800" src="framed.html"></iframe>
		<script>
		onload = () => document.body.dataset.over = Array.from(document.querySelectorAll("iframe"), f => {
			const e = f.contentDocument.documentElement; return e.scrollWidth - e.clientWidth }).join(" ")
		</script></body></html>`
	dom, log := chromium(t, browser, dir, host, "--dump-dom", "--allow-file-access-from-files", "--enable-logging=stderr", "--v=0")
	m := regexp.MustCompile(`data-over="([^"]*)"`).FindStringSubmatch(dom)
	if m == nil {
		t.Fatalf("the page was not laid out: %.2000s", log)
	}
	return m[1], strings.Join(regexp.MustCompile(`(?m)^.*CONSOLE.*$`).FindAllString(log, -1), "\n")
}

func screenshots(t *testing.T, browser, dir, name, page string) {
	out := os.Getenv("PIPELINE_SCREENSHOTS")
	if out == "" {
		return
	}
	for scheme, setting := range map[string]string{"dark": "0", "light": "1"} {
		file := filepath.Join(out, strings.ReplaceAll(name, " ", "-")+"-"+scheme+".png")
		chromium(t, browser, dir, page, "--screenshot="+file, "--window-size=1280,3000", "--blink-settings=preferredColorScheme="+setting)
	}
}

// chromium opens a page and returns what the browser prints.
func chromium(t *testing.T, browser, dir, page string, args ...string) (stdout, stderr string) {
	t.Helper()
	file := filepath.Join(dir, "page.html")
	if err := os.WriteFile(file, []byte(page), 0o644); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	args = append([]string{
		"--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--user-data-dir=" + filepath.Join(dir, "profile"),
	}, args...)
	cmd := exec.CommandContext(ctx, browser, append(args, "file://"+file)...)
	var out, log strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &log
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v: %.2000s", browser, err, log.String())
	}
	return out.String(), log.String()
}
