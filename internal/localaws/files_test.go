package localaws

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/google/go-cmp/cmp"

	"webapp/internal/localaws/engine"
)

// createBucket makes a bucket with objects, by their keys.
func (s *liveSite) createBucket(name string, objects map[string]string) {
	s.t.Helper()
	try(s.s3().CreateBucket(s.t.Context(), &s3.CreateBucketInput{
		Bucket: &name, CreateBucketConfiguration: &s3types.CreateBucketConfiguration{LocationConstraint: Region},
	}))(s.t)
	for key, content := range objects {
		try(s.s3().PutObject(s.t.Context(), &s3.PutObjectInput{
			Bucket: &name, Key: &key, Body: strings.NewReader(content),
		}))(s.t)
	}
}

func (s *liveSite) s3() *s3.Client {
	return s3.NewFromConfig(s.cfg, func(o *s3.Options) { o.UsePathStyle = true })
}

// environmentFile gives the container of a stack a file of the bucket settings.
func (k *stack) environmentFile(key string) {
	k.container().EnvironmentFiles = append(k.container().EnvironmentFiles, s3File(key))
}

func s3File(key string) ecstypes.EnvironmentFile {
	return ecstypes.EnvironmentFile{
		Type: ecstypes.EnvironmentFileTypeS3, Value: aws.String("arn:aws:s3:::settings/" + key),
	}
}

// TestEnvironmentFiles are read as Docker reads them, and count less than the task definition.
func TestEnvironmentFiles(t *testing.T) {
	t.Parallel()
	s := startStandIns(t)
	s.createBucket("settings", map[string]string{"second.env": "COLOR=green\nONLY_SECOND=yes", "first.env": `#COLOR=red
COLOR=blue
  SIZE = 7

QUOTED="a=b"
OTHER=file
PASSWORD=file
EMPTY=
no variable
`})
	definition := s.definition("files", "files", s.secret+":password::")
	c := &definition.ContainerDefinitions[0]
	c.EnvironmentFiles = []ecstypes.EnvironmentFile{s3File("first.env"), s3File("second.env")}
	want := map[string]string{
		"COLOR": "blue", "QUOTED": `"a=b"`, "OTHER": "definition", "PASSWORD": "hunter2", "EMPTY": "",
		"ONLY_SECOND": "yes",
	}
	want["SIZE "] = " 7" // white space belongs to both
	c.Environment = []ecstypes.KeyValuePair{
		{Name: aws.String("OTHER"), Value: aws.String("definition")},
		{
			Name:  aws.String(engine.EnvShow),
			Value: aws.String("COLOR,SIZE ,QUOTED,OTHER,PASSWORD,EMPTY,ONLY_SECOND,#COLOR,no"),
		},
	}
	try(s.ecs.RegisterTaskDefinition(t.Context(), definition))(t)
	s.update("files")
	s.await("files", s.deployed("files"))
	var answer engine.Answer
	if _, body := s.get(); json.Unmarshal([]byte(body), &answer) != nil {
		t.Fatalf("got %q, want an answer of a stand-in", body)
	}
	if diff := cmp.Diff(want, answer.Environment); diff != "" {
		t.Errorf("the container's environment (-want +got):\n%s", diff)
	}
}

// TestFilesOutliveTheTask that wrote them, if they are on a file system.
func TestFilesOutliveTheTask(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "files")
	t.Cleanup(func() { // after the server's end
		if _, err := os.Stat(folder); !os.IsNotExist(err) {
			t.Errorf("the files are still there when the local AWS has ended: %v", err)
		}
	})
	s := startSiteOn(t, newStandIns(), KeepingFiles(folder))
	k := s.newStack(t, "first")
	id := k.createFileSystem(s.subnets[0], s.tasks)
	s.admit(s.tasks, fromGroup(s.tasks, 2049))
	uploads := k.createAccessPoint(id, "/uploads", true)
	for _, family := range []string{"first", "second"} {
		k.definition = s.definition(family, family, s.secret+":password::")
		k.mount(id, s.subnets[0])
		k.definition.Volumes = append(k.definition.Volumes, ecstypes.Volume{
			Name: aws.String("uploads"), EfsVolumeConfiguration: &ecstypes.EFSVolumeConfiguration{
				FileSystemId: &id, TransitEncryption: ecstypes.EFSTransitEncryptionEnabled,
				AuthorizationConfig: &ecstypes.EFSAuthorizationConfig{AccessPointId: &uploads},
			},
		}, ecstypes.Volume{Name: aws.String("scratch")})
		for _, name := range []string{"uploads", "scratch"} {
			k.container().MountPoints = append(k.container().MountPoints, ecstypes.MountPoint{
				SourceVolume: &name, ContainerPath: aws.String("/" + name),
			})
		}
		k.container().MountPoints[0].ReadOnly = aws.Bool(true) // the whole file system
		try(s.ecs.RegisterTaskDefinition(t.Context(), k.definition))(t)
	}
	deploy := func(family string) {
		try(s.ecs.UpdateService(t.Context(), &ecs.UpdateServiceInput{
			Cluster: aws.String("web"), Service: aws.String("web"), TaskDefinition: &family,
			NetworkConfiguration: k.service.NetworkConfiguration,
			DesiredCount:         aws.Int32(1),
		}))(t)
		s.await(family, func(service ecstypes.Service) bool {
			return len(service.Deployments) == 1 && service.RunningCount == 1 &&
				strings.Contains(*service.TaskDefinition, family)
		})
	}
	wantStatus := func(method, path, body string, want int) {
		t.Helper()
		if status, answer := s.request(method, path, body); status != want {
			t.Errorf("%s %s: got %d %q, want %d", method, path, status, answer, want)
		}
	}

	deploy("first")
	wantStatus(http.MethodPut, "/uploads/note", "hello", http.StatusOK)
	wantStatus(http.MethodPut, "/scratch/note", "hello", http.StatusOK)
	wantStatus(http.MethodGet, "/scratch/note", "", http.StatusOK)
	wantStatus(http.MethodPut, "/files/note", "hello", http.StatusForbidden)

	deploy("second")
	for _, path := range []string{"/uploads/note", "/files/uploads/note"} {
		if status, body := s.request(http.MethodGet, path, ""); status != http.StatusOK || body != "hello" {
			t.Errorf("%s: got %d %q from the successor, want what the first task wrote", path, status, body)
		}
	}
	wantStatus(http.MethodGet, "/scratch/note", "", http.StatusNotFound)
	s.await("the end of the first task's storage", func(ecstypes.Service) bool {
		return len(try(filepath.Glob(filepath.Join(folder, "tasks", "*", "scratch", "note")))(t)) == 0
	})
	wantStatus(http.MethodGet, "/uploads/../../../../etc/passwd", "", http.StatusInternalServerError)
}
