package engine

import (
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/registry"
	"github.com/moby/moby/client"
)

func TestFindSaysWhereItLooked(t *testing.T) {
	socket := "unix://" + filepath.Join(t.TempDir(), "docker.sock")
	t.Setenv(client.EnvOverrideHost, socket)
	if _, err := Find(t.Context(), ""); err == nil {
		t.Error("an engine answers at a socket that does not exist")
	}
}

// TestContainers needs a container engine; where there is none, TestEngines says so.
func TestContainers(t *testing.T) {
	for _, k := range kinds(t)[1:] {
		for _, tc := range []struct {
			name string
			test func(f *fixture)
		}{
			{"a command returns its exit code", runsACommand},
			{"containers of one task share localhost", shareLocalhost},
			{"the network of a task outlives its first container", outlivesItsFirstContainer},
			{"tasks of one VPC reach each other by alias, and others by Hosts", reachEachOther},
			{"a container runs its command as its user, and with no more CPUs than there are", runsAsTold},
			{"a container can write to a mount that is not read-only", mounts},
			{"an image is pulled with the credentials of its registry", pullsWithCredentials},
			{"an image that cannot be pulled is an ErrImage", cannotPull},
			{"a command that is not in the image is an error", cannotStart},
			{"Close removes what a killed process has left, and nothing of others", removesWhatIsLeft},
		} {
			t.Run(tc.name, func(t *testing.T) {
				t.Parallel()
				tc.test(newFixture(t, k))
			})
		}
	}
}

func (f *fixture) wantRun(r Running, code int, command ...string) {
	f.Helper()
	got, err := r.Run(f.Context(), append([]string{"/program"}, command...))
	if err != nil || got != code {
		f.Errorf("%q: got exit code %d, error %v; want %d", command, got, err, code)
	}
}

func runsACommand(f *fixture) {
	r := f.start(f.container(nil, 8080))
	f.wantRun(r, 0, "exit", "0")
	f.wantRun(r, 7, "exit", "7")
	r.Stop(0)
	if _, err := r.Run(f.Context(), []string{"/program", "exit", "0"}); err == nil {
		f.Error("a command ran in a container that has ended")
	}
}

func runsAsTold(f *fixture) {
	c := f.container(nil, 8080)
	c.CPU, c.MemoryMiB, c.Init = 192*1024, 512, true
	f.wantRun(f.start(c), 0, "write", "/file")
	c.User, c.WorkingDirectory = "1000", "/tmp"
	f.wantRun(f.start(c), 1, "write", "/file")
	c.Command = []string{"exit", "9"}
	ended := f.start(c)
	<-ended.Exited()
	if ended.ExitCode() != 9 {
		f.Errorf("got exit code %d, want that of the command", ended.ExitCode())
	}
}

func shareLocalhost(f *fixture) {
	app, sidecar := f.container(nil, 8080), f.container(nil, 9090)
	for _, c := range []*Container{&app, &sidecar} {
		c.Network, c.NetworkPorts = "task-1", []int{8080, 9090}
	}
	first, second := f.start(app), f.start(sidecar)
	f.ask(first, 8080)
	f.ask(second, 9090)
	f.wantRun(first, 0, "get", "http://localhost:9090")
	f.wantRun(second, 0, "get", "http://localhost:8080")
	f.wantRun(second, 1, "get", "http://localhost:7070")
}

func outlivesItsFirstContainer(f *fixture) {
	app, setup := f.container(nil, 8080), f.container(map[string]string{EnvExit: "0"})
	for _, c := range []*Container{&app, &setup} {
		c.Network, c.NetworkPorts = "task-1", []int{8080}
	}
	<-f.start(setup).Exited()
	r := f.start(app)
	<-f.start(setup).Exited()
	f.ask(r, 8080)
}

func reachEachOther(f *fixture) {
	called, caller := f.container(nil, 8080), f.container(nil, 8080)
	called.Aliases = []string{"api.shop.internal"}
	to := f.start(called)
	f.ask(to, 8080)
	caller.Hosts = map[string]string{"database.test": to.IP()}
	caller.VPC, called.VPC = "vpc-1", "vpc-2"
	from := f.start(caller)
	f.wantRun(from, 0, "get", "http://api.shop.internal:8080")
	f.wantRun(from, 0, "get", "http://database.test:8080")
	f.wantRun(from, 1, "get", "http://other.shop.internal:8080")
	f.wantApart(f.start(called), "http://"+to.IP()+":8080")
}

// wantApart wants a container not to reach a URL in another network. While Docker 20.10 makes and removes networks,
// such as those of another test, it does not keep all of them apart for a moment.
func (f *fixture) wantApart(r Running, url string) {
	f.Helper()
	for range 10 {
		switch code, err := r.Run(f.Context(), []string{"/program", "get", url}); {
		case err != nil:
			f.Fatal(err)
		case code != 0:
			return
		}
	}
	f.Errorf("a container of another network reaches %s", url)
}

func mounts(f *fixture) {
	folder := f.TempDir()
	c := f.container(nil, 8080)
	c.ReadOnly = true
	c.Mounts = []Mount{{Folder: folder, Path: "/data"}, {Folder: folder, Path: "/kept", ReadOnly: true}}
	r := f.start(c)
	f.wantRun(r, 0, "write", "/data/file")
	f.wantRun(r, 1, "write", "/kept/file")
	f.wantRun(r, 1, "write", "/file")
	if text, err := os.ReadFile(filepath.Join(folder, "file")); err != nil || string(text) != "written in a container" {
		f.Errorf("the folder holds %q, error %v", text, err)
	}
}

func pullsWithCredentials(f *fixture) {
	e := f.engine.(*Containers)
	info, err := e.api.Info(f.Context(), client.InfoOptions{})
	if err != nil {
		f.Fatal(err)
	}
	trusted := info.Info.RegistryConfig
	if runtime.GOOS != "linux" || trusted == nil || !slices.Contains(trusted.InsecureRegistryCIDRs, loopbackNetwork) {
		f.Log("only Docker on Linux pulls from a registry of a test")
		return
	}
	images := registry.New(registry.Logger(log.New(io.Discard, "", 0)))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, password, _ := r.BasicAuth(); user != "shop" || password != "secret" {
			w.Header().Set("WWW-Authenticate", "Basic")
			http.Error(w, "", http.StatusUnauthorized)
			return
		}
		images.ServeHTTP(w, r)
	}))
	defer server.Close()
	c := f.container(nil, 8080)
	c.Image = strings.TrimPrefix(server.URL, "http://") + "/shop/app:1"
	c.Credentials = Credentials{Username: "shop", Password: "secret"}
	push(f, e, c)
	r := f.start(c)
	f.ask(r, 8080)
	r.Stop(0)
	f.removeImage(e, c.Image)
	c.Credentials = Credentials{Username: "shop", Password: "wrong"}
	var cannot *ErrImage
	if _, err := f.engine.Start(f.Context(), c); !errors.As(err, &cannot) {
		f.Errorf("with a wrong password: got %v, want an ErrImage", err)
	}
}

var loopbackNetwork = netip.MustParsePrefix("127.0.0.0/8")

// push pushes the image of tests to where a container's image is, and removes it here.
func push(f *fixture, e *Containers, c Container) {
	f.Helper()
	tag := client.ImageTagOptions{Source: testImage, Target: c.Image}
	if _, err := e.api.ImageTag(f.Context(), tag); err != nil {
		f.Fatal(err)
	}
	credentials, err := encode(c.Credentials)
	if err != nil {
		f.Fatal(err)
	}
	pushing, err := e.api.ImagePush(f.Context(), c.Image, client.ImagePushOptions{RegistryAuth: credentials})
	if err == nil {
		err = pushing.Wait(f.Context())
	}
	if err != nil {
		f.Fatal(err)
	}
	f.removeImage(e, c.Image)
}

func (f *fixture) removeImage(e *Containers, image string) {
	f.Helper()
	if _, err := e.api.ImageRemove(f.Context(), image, client.ImageRemoveOptions{}); err != nil {
		f.Fatal(err)
	}
}

func cannotPull(f *fixture) {
	for _, image := range []string{"127.0.0.1:1/shop/api:1", "Not An Image"} {
		c := f.container(nil, 8080)
		c.Image = image
		_, err := f.engine.Start(f.Context(), c)
		var cannot *ErrImage
		if !errors.As(err, &cannot) || cannot.Image != image {
			f.Errorf("got %v, want an ErrImage of %s", err, image)
		}
	}
}

func cannotStart(f *fixture) {
	c := f.container(nil, 8080)
	c.EntryPoint = []string{"/missing"}
	_, err := f.engine.Start(f.Context(), c)
	var isImage *ErrImage
	if err == nil || errors.As(err, &isImage) {
		f.Errorf("got %v, want the error of a start", err)
	}
	if err := f.engine.Close(); err != nil {
		f.Error(err)
	}
	wantNothingLeft(f.T, owner(f.T))
}

func removesWhatIsLeft(f *fixture) {
	parent, ends := startParent(f.T, containers.name, owner(f.T))
	if err := parent.Kill(); err != nil {
		f.Fatal(err)
	}
	other, err := Find(f.Context(), "other "+owner(f.T))
	if err != nil {
		f.Fatal(err)
	}
	if err := other.Close(); err != nil {
		f.Error(err)
	}
	if left := left(f.T, owner(f.T)); len(left) != 5 { // two containers, the sandbox of each, a network
		f.Errorf("got %v, want the five things of the killed process", left)
	}
	if err := f.engine.Close(); err != nil {
		f.Error(err)
	}
	for _, end := range ends {
		end()
	}
	wantNothingLeft(f.T, owner(f.T))
}

func wantNothingLeft(t *testing.T, owner string) {
	t.Helper()
	if left := left(t, owner); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

// left are the containers and networks of an owner.
func left(t *testing.T, owner string) (names []string) {
	t.Helper()
	engine, err := Find(t.Context(), owner)
	if err != nil {
		t.Fatal(err)
	}
	own := client.Filters{}.Add("label", labelOwner+"="+owner)
	containers, err := engine.api.ContainerList(t.Context(), client.ContainerListOptions{All: true, Filters: own})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range containers.Items {
		names = append(names, c.Names...)
	}
	networks, err := engine.api.NetworkList(t.Context(), client.NetworkListOptions{Filters: own})
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range networks.Items {
		names = append(names, n.Name)
	}
	return names
}
