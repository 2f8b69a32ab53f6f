package engine

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"sync"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/client"
)

// sandbox is a container that does nothing but hold the network of one task, which the containers of the task share.
// ECS does the same. A container of the task could not hold it, because any of them may end before the others.
type sandbox struct {
	key   string
	users int // containers of the task that run or are starting

	mu        sync.Mutex
	id, ip    string
	addresses map[int]string
}

// join returns the sandbox of the container's task. It makes one for the first container. The caller must call leave
// when the container has ended.
func (e *Containers) join(ctx context.Context, c Container) (*sandbox, error) {
	key := c.Network
	if key == "" {
		key = e.name(c.Task, c.Name) // not shared
	}
	e.mu.Lock()
	s := e.sandboxes[key]
	if s == nil {
		s = &sandbox{key: key}
		e.sandboxes[key] = s
	}
	s.users++
	e.mu.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.id != "" {
		return s, nil
	}
	if err := e.makeSandbox(ctx, c, s); err != nil {
		if s.id != "" { // created, but not running
			err = errors.Join(err, e.remove(s.id))
			s.id = ""
		}
		e.leave(s)
		return nil, err
	}
	return s, nil
}

// leave removes the sandbox after its last container.
func (e *Containers) leave(s *sandbox) {
	e.mu.Lock()
	s.users--
	isLast := s.users == 0
	if isLast {
		delete(e.sandboxes, s.key)
	}
	e.mu.Unlock()
	if isLast && s.id != "" {
		_ = e.remove(s.id) // Close tries again
	}
}

func (e *Containers) makeSandbox(ctx context.Context, c Container, s *sandbox) error {
	vpc, err := e.network(ctx, c.VPC)
	if err != nil {
		return err
	}
	ports := c.NetworkPorts
	if len(ports) == 0 {
		ports = c.Ports
	}
	exposed, published := network.PortSet{}, network.PortMap{}
	for _, number := range ports {
		port, err := network.ParsePort(strconv.Itoa(number))
		if err != nil {
			return err
		}
		exposed[port] = struct{}{}
		published[port] = []network.PortBinding{{HostIP: loopbackAddress}}
	}
	var hosts []string
	for name, address := range c.Hosts {
		hosts = append(hosts, name+":"+address)
	}
	options := client.ContainerCreateOptions{
		Name: e.name(c.Task, "network"),
		Config: &container.Config{
			Image: e.pauseImage(), ExposedPorts: exposed,
			Labels: map[string]string{labelOwner: e.owner, labelTask: c.Task, labelSandbox: s.key},
		},
		HostConfig: &container.HostConfig{
			NetworkMode: container.NetworkMode(vpc), PortBindings: published, ExtraHosts: hosts,
		},
		NetworkingConfig: &network.NetworkingConfig{
			EndpointsConfig: map[string]*network.EndpointSettings{vpc: {Aliases: c.Aliases}},
		},
	}
	created, err := e.api.ContainerCreate(ctx, options)
	if errdefs.IsNotFound(err) {
		if err := e.importPause(ctx); err != nil {
			return fmt.Errorf("importing %s: %w", e.pauseImage(), err)
		}
		created, err = e.api.ContainerCreate(ctx, options)
	}
	if err != nil {
		return err
	}
	s.id = created.ID
	if _, err := e.api.ContainerStart(ctx, s.id, client.ContainerStartOptions{}); err != nil {
		return err
	}
	inspected, err := e.api.ContainerInspect(ctx, s.id, client.ContainerInspectOptions{})
	if err != nil {
		return err
	}
	s.addresses = map[int]string{}
	for port, bindings := range inspected.Container.NetworkSettings.Ports {
		if len(bindings) > 0 {
			s.addresses[int(port.Num())] = net.JoinHostPort(loopback, bindings[0].HostPort)
		}
	}
	if endpoint := inspected.Container.NetworkSettings.Networks[vpc]; endpoint != nil {
		s.ip = endpoint.IPAddress.String()
	}
	return nil
}

// network returns the name of a VPC's network. It makes the network for the first task.
func (e *Containers) network(ctx context.Context, vpc string) (string, error) {
	name := e.ownName(vpc)
	// Docker allows several networks of the same name.
	e.mu.Lock()
	defer e.mu.Unlock()
	own := client.Filters{}.Add("label", labelOwner+"="+e.owner)
	networks, err := e.api.NetworkList(ctx, client.NetworkListOptions{Filters: own})
	if err != nil {
		return "", err
	}
	if slices.ContainsFunc(networks.Items, func(n network.Summary) bool { return n.Name == name }) {
		return name, nil
	}
	_, err = e.api.NetworkCreate(ctx, name, client.NetworkCreateOptions{
		Driver: "bridge", Labels: map[string]string{labelOwner: e.owner},
	})
	return name, err
}

// pauseImage is the image of sandboxes.
func (e *Containers) pauseImage() string { return e.ownName("pause") + ":latest" }

// importPause makes the image of sandboxes here, so that it need not be pulled.
func (e *Containers) importPause(ctx context.Context) error {
	program, err := pauseProgram(e.arch)
	if err != nil {
		return err
	}
	return importImage(ctx, e.api, e.pauseImage(), program)
}

// importImage makes an image that consists of one program.
func importImage(ctx context.Context, api *client.Client, name string, program []byte) error {
	var archive bytes.Buffer
	w := tar.NewWriter(&archive)
	if err := w.WriteHeader(&tar.Header{Name: "program", Mode: 0o755, Size: int64(len(program))}); err != nil {
		return err
	}
	if _, err := w.Write(program); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	importing, err := api.ImageImport(ctx, client.ImageImportSource{Source: &archive, SourceName: "-"}, name,
		client.ImageImportOptions{Changes: []string{`ENTRYPOINT ["/program"]`}})
	if err != nil {
		return err
	}
	defer func() { _ = importing.Close() }()
	_, err = io.Copy(io.Discard, importing)
	return err
}

// pauseProgram returns a Linux program that waits forever. arch is the architecture as uname or Go name it.
func pauseProgram(arch string) ([]byte, error) {
	var machine uint16
	var code []byte
	switch arch {
	case "x86_64", "amd64":
		machine = 62 // EM_X86_64
		code = []byte{
			0xb8, 34, 0, 0, 0, // mov eax, SYS_pause
			0x0f, 0x05, // syscall
			0xeb, 0xf7, // jmp to the start
		}
	case "aarch64", "arm64":
		machine = 183 // EM_AARCH64
		for _, instruction := range []uint32{
			0xd2800000, 0xd2800001, 0xd2800002, 0xd2800003, 0xd2800004, // mov x0 to x4, 0
			0xd2800928, // mov x8, SYS_ppoll
			0xd4000001, // svc 0
			0x17fffff9, // b to the start
		} {
			code = binary.LittleEndian.AppendUint32(code, instruction)
		}
	default:
		return nil, fmt.Errorf("containers run on x86_64 and arm64 only; this engine's machine is %s", arch)
	}
	return executable(machine, code), nil
}

// executable returns an ELF file with one segment, which holds the headers and the code.
func executable(machine uint16, code []byte) []byte {
	const base, headers = 0x400000, 64 + 56
	size := uint64(headers + len(code))
	file := []byte{0x7f, 'E', 'L', 'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0} // 64 bits, little endian
	le := binary.LittleEndian
	file = le.AppendUint16(file, 2) // an executable
	file = le.AppendUint16(file, machine)
	file = le.AppendUint32(file, 1)                  // version
	file = le.AppendUint64(file, base+headers)       // entry
	file = le.AppendUint64(file, 64)                 // where the program header is
	file = le.AppendUint64(file, 0)                  // no section headers
	file = le.AppendUint32(file, 0)                  // flags
	for _, n := range []uint16{64, 56, 1, 0, 0, 0} { // sizes and numbers of headers
		file = le.AppendUint16(file, n)
	}
	file = le.AppendUint32(file, 1)                                  // to be loaded
	file = le.AppendUint32(file, 5)                                  // readable and executable
	for _, n := range []uint64{0, base, base, size, size, 0x10000} { // offset, addresses, sizes, alignment
		file = le.AppendUint64(file, n)
	}
	return append(file, code...)
}
