package engine

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/api/pkg/authconfig"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/mount"
	"github.com/moby/moby/api/types/registry"
	"github.com/moby/moby/client"
	"golang.org/x/sync/errgroup"
)

// Containers is the engine of a machine where Docker or Podman runs.
type Containers struct {
	api   *client.Client
	owner string
	cpus  int
	arch  string

	waiting sync.WaitGroup // running containers

	// Close cancels life, which interrupts every Start, and waits until none holds starting.
	life     context.Context
	end      context.CancelFunc
	starting sync.RWMutex

	mu        sync.Mutex
	sandboxes map[string]*sandbox // by Network
}

// Labels of containers and networks.
const (
	labelOwner     = "webapp.local-aws"
	labelTask      = "webapp.task"
	labelContainer = "webapp.container"
	labelSandbox   = "webapp.sandbox"
)

// Find looks for a Docker API: at DOCKER_HOST if that is set, else at the usual sockets of Docker and Podman. The error
// says where it looked.
//
// The owner, such as the folder of a local AWS, labels all containers and networks of the engine. After a crash, call
// Find with the same owner and then Close: that removes what was left.
func Find(ctx context.Context, owner string) (*Containers, error) {
	if host := os.Getenv(client.EnvOverrideHost); host != "" {
		engine, err := connect(ctx, host, owner)
		if err != nil {
			return nil, fmt.Errorf("no container engine answers at %s=%s: %w", client.EnvOverrideHost, host, err)
		}
		return engine, nil
	}
	var failures []string
	for _, socket := range usualSockets() {
		if _, err := os.Stat(socket); errors.Is(err, fs.ErrNotExist) {
			failures = append(failures, "found no socket at "+socket)
			continue
		}
		engine, err := connect(ctx, "unix://"+socket, owner)
		if err == nil {
			return engine, nil
		}
		failures = append(failures, fmt.Sprintf("at %s: %v", socket, err))
	}
	return nil, fmt.Errorf("no container engine answers: %s is not set; %s",
		client.EnvOverrideHost, strings.Join(failures, "; "))
}

func usualSockets() []string {
	sockets := []string{"/var/run/docker.sock"}
	if folder := os.Getenv("XDG_RUNTIME_DIR"); folder != "" {
		sockets = append(sockets, filepath.Join(folder, "podman/podman.sock"))
	}
	if home, err := os.UserHomeDir(); err == nil {
		sockets = append(sockets, filepath.Join(home, ".docker/run/docker.sock"))
	}
	return sockets
}

func connect(ctx context.Context, host, owner string) (*Containers, error) {
	api, err := client.New(client.FromEnv, client.WithHost(host))
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	info, err := api.Info(ctx, client.InfoOptions{})
	if err != nil {
		_ = api.Close()
		return nil, err
	}
	life, end := context.WithCancel(context.Background())
	return &Containers{
		api: api, owner: owner, cpus: info.Info.NCPU, arch: info.Info.Architecture, life: life, end: end,
		sandboxes: map[string]*sandbox{},
	}, nil
}

// Start starts a container. It pulls the image if the machine does not have it.
func (e *Containers) Start(ctx context.Context, c Container) (Running, error) {
	e.starting.RLock()
	defer e.starting.RUnlock()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(e.life, cancel)()
	if err := e.pull(ctx, c); err != nil {
		return nil, &ErrImage{Image: c.Image, Err: err}
	}
	s, err := e.join(ctx, c)
	if err != nil {
		return nil, fmt.Errorf("making a network for container %s: %w", c.Name, err)
	}
	r, err := e.run(ctx, c, s)
	if err != nil {
		e.leave(s)
		return nil, fmt.Errorf("starting container %s: %w", c.Name, err)
	}
	return r, nil
}

func (e *Containers) pull(ctx context.Context, c Container) error {
	_, err := e.api.ImageInspect(ctx, c.Image)
	if !errdefs.IsNotFound(err) {
		return err
	}
	credentials, err := encode(c.Credentials)
	if err != nil {
		return err
	}
	pulling, err := e.api.ImagePull(ctx, c.Image, client.ImagePullOptions{RegistryAuth: credentials})
	if err != nil {
		return err
	}
	defer func() { _ = pulling.Close() }()
	return pulling.Wait(ctx)
}

// encode returns credentials as the Docker API takes them.
func encode(c Credentials) (string, error) {
	if c == (Credentials{}) {
		return "", nil
	}
	return authconfig.Encode(registry.AuthConfig{Username: c.Username, Password: c.Password})
}

func (e *Containers) run(ctx context.Context, c Container, s *sandbox) (*running, error) {
	created, err := e.api.ContainerCreate(ctx, client.ContainerCreateOptions{
		Name: e.name(c.Task, c.Name), Config: e.config(c), HostConfig: e.hostConfig(c, s),
	})
	if err != nil {
		return nil, err
	}
	if _, err := e.api.ContainerStart(ctx, created.ID, client.ContainerStartOptions{}); err != nil {
		return nil, errors.Join(err, e.remove(created.ID))
	}
	r := &running{engine: e, container: c, sandbox: s, id: created.ID, exited: make(chan struct{})}
	e.waiting.Go(r.wait)
	return r, nil
}

func (e *Containers) config(c Container) *container.Config {
	return &container.Config{
		Image: c.Image, Entrypoint: c.EntryPoint, Cmd: c.Command, Env: environment(c), User: c.User,
		WorkingDir: c.WorkingDirectory,
		// ECS ignores the health check of an image.
		Healthcheck: &container.HealthConfig{Test: []string{"NONE"}},
		Labels:      map[string]string{labelOwner: e.owner, labelTask: c.Task, labelContainer: c.Name},
	}
}

func (e *Containers) hostConfig(c Container, s *sandbox) *container.HostConfig {
	h := &container.HostConfig{
		NetworkMode:    container.NetworkMode("container:" + s.id),
		ReadonlyRootfs: c.ReadOnly,
		Init:           &c.Init,
		Resources: container.Resources{
			// The engine refuses a container with more CPUs than the machine has.
			NanoCPUs: min(int64(c.CPU)*1e9/1024, int64(e.cpus)*1e9),
			Memory:   int64(c.MemoryMiB) << 20,
			// The sum of memory and swap. Fargate has no swap.
			MemorySwap: int64(c.MemoryMiB) << 20,
		},
	}
	for _, m := range c.Mounts {
		h.Mounts = append(h.Mounts, mount.Mount{
			Type: mount.TypeBind, Source: m.Folder, Target: m.Path, ReadOnly: m.ReadOnly,
		})
	}
	return h
}

var unfitForName = regexp.MustCompile(`[^a-zA-Z0-9_.-]+`)

// name is what `docker ps` shows. Its random end makes it unique: a task may start the same container again.
func (e *Containers) name(parts ...string) string {
	parts = append(parts, strings.ToLower(rand.Text()[:6]))
	return "webapp-" + unfitForName.ReplaceAllString(strings.Join(parts, "-"), "-")
}

// ownName is the name of a network or image of this owner.
func (e *Containers) ownName(of string) string {
	owner := sha256.Sum256([]byte(e.owner))
	return strings.ToLower(fmt.Sprintf("webapp-%x-%s", owner[:4], unfitForName.ReplaceAllString(of, "-")))
}

// Close removes all containers and networks of the owner, including those that a crashed process left behind.
func (e *Containers) Close() error {
	e.end()
	e.starting.Lock()
	defer e.starting.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	own := client.Filters{}.Add("label", labelOwner+"="+e.owner)
	err := errors.Join(
		e.removeContainers(ctx, own),
		e.removeNetworks(ctx, own),
		e.removePause(ctx),
		e.api.Close(),
	)
	if err != nil {
		return fmt.Errorf("removing containers: %w", err)
	}
	return nil
}

func (e *Containers) removeContainers(ctx context.Context, own client.Filters) error {
	containers, err := e.api.ContainerList(ctx, client.ContainerListOptions{All: true, Filters: own})
	if err != nil {
		return err
	}
	for _, isSandbox := range []bool{false, true} { // Podman refuses to remove a container whose network is in use
		var removing errgroup.Group
		removing.SetLimit(8)
		for _, c := range containers.Items {
			if _, is := c.Labels[labelSandbox]; is == isSandbox {
				removing.Go(func() error { return e.remove(c.ID) })
			}
		}
		if err := removing.Wait(); err != nil {
			return err
		}
		e.waiting.Wait()
	}
	return nil
}

func (e *Containers) removeNetworks(ctx context.Context, own client.Filters) error {
	networks, err := e.api.NetworkList(ctx, client.NetworkListOptions{Filters: own})
	if err != nil {
		return err
	}
	for _, n := range networks.Items {
		_, err := e.api.NetworkRemove(ctx, n.ID, client.NetworkRemoveOptions{})
		if err != nil && !errdefs.IsNotFound(err) {
			return err
		}
	}
	return nil
}

func (e *Containers) removePause(ctx context.Context) error {
	_, err := e.api.ImageRemove(ctx, e.pauseImage(), client.ImageRemoveOptions{})
	if errdefs.IsNotFound(err) {
		return nil
	}
	return err
}

// remove kills and removes a container. It is not an error if that has happened already.
func (e *Containers) remove(id string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	_, err := e.api.ContainerRemove(ctx, id, client.ContainerRemoveOptions{Force: true, RemoveVolumes: true})
	if errdefs.IsNotFound(err) || errdefs.IsConflict(err) {
		return nil
	}
	return err
}

var loopbackAddress = netip.MustParseAddr(loopback)
