package localaws

import (
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// logTo has the load balancer write access logs.
func (s *liveSite) logTo(bucket, prefix string) {
	s.t.Helper()
	var attributes []elbtypes.LoadBalancerAttribute
	for key, value := range map[string]string{"enabled": "true", "bucket": bucket, "prefix": prefix} {
		attributes = append(attributes,
			elbtypes.LoadBalancerAttribute{Key: aws.String("access_logs.s3." + key), Value: &value})
	}
	try(elb.NewFromConfig(s.cfg).ModifyLoadBalancerAttributes(s.t.Context(), &elb.ModifyLoadBalancerAttributesInput{
		LoadBalancerArn: &s.balancer, Attributes: attributes,
	}))(s.t)
}

// logged returns the names of the objects in a bucket, and the lines in them.
func (s *liveSite) logged(bucket string) (keys, lines []string) {
	s.t.Helper()
	listed := try(s.s3().ListObjectsV2(s.t.Context(), &s3.ListObjectsV2Input{Bucket: &bucket}))(s.t)
	for _, o := range listed.Contents {
		keys = append(keys, *o.Key)
		object := try(s.s3().GetObject(s.t.Context(), &s3.GetObjectInput{Bucket: &bucket, Key: o.Key}))(s.t)
		text := try(io.ReadAll(try(gzip.NewReader(object.Body))(s.t)))(s.t)
		_ = object.Body.Close()
		lines = append(lines, strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")...)
	}
	return keys, lines
}

// taskAddresses matches the address of each task of web.
func (s *liveSite) taskAddresses() string {
	s.t.Helper()
	arns := try(s.ecs.ListTasks(s.t.Context(), &ecs.ListTasksInput{Cluster: aws.String("web")}))(s.t).TaskArns
	tasks := try(s.ecs.DescribeTasks(s.t.Context(), &ecs.DescribeTasksInput{
		Cluster: aws.String("web"), Tasks: arns,
	}))(s.t).Tasks
	var addresses []string
	for _, task := range tasks {
		addresses = append(addresses, regexp.QuoteMeta(*task.Containers[0].NetworkInterfaces[0].PrivateIpv4Address))
	}
	return "(" + strings.Join(addresses, "|") + ")"
}

func TestAccessLogs(t *testing.T) {
	t.Parallel()
	s := startSite(t)
	s.await("v1", s.deployed("v1"))
	s.get() // before the log is on
	s.createBucket("access-logs", nil)
	s.logTo("access-logs", "web")

	const trace = "Root=1-67891233-abcdef012345678912345678"
	port := s.server.running.Status().Listeners[0].LocalPort
	request := try(http.NewRequestWithContext(t.Context(), http.MethodGet,
		fmt.Sprintf("http://127.0.0.1:%d/orders?id=7", port), nil))(t)
	request.Host = "shop.example.com"
	request.Header.Set("User-Agent", `curl/7.88.1 "quoted"`)
	request.Header.Set("X-Amzn-Trace-Id", trace)
	response := try(http.DefaultClient.Do(request))(t)
	_ = response.Body.Close()

	var keys, lines []string
	s.await("a log file", func(ecstypes.Service) bool {
		keys, lines = s.logged("access-logs")
		return len(keys) > 0
	})
	_, id, _ := strings.Cut(s.balancer, ":loadbalancer/")
	file := "^web/AWSLogs/123456789012/elasticloadbalancing/eu-west-1/" + time.Now().UTC().Format("2006/01/02") +
		"/123456789012_elasticloadbalancing_eu-west-1_" + regexp.QuoteMeta(strings.ReplaceAll(id, "/", ".")) +
		`_\d{8}T\d{4}Z_127\.0\.0\.1_[a-z2-7]{8}\.log\.gz$`
	if !regexp.MustCompile(file).MatchString(keys[0]) {
		t.Errorf("the file is %s, want %s", keys[0], file)
	}
	const at, seconds = `\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z`, `\d+\.\d{3}`
	target := s.taskAddresses() + ":80"
	want := []string{
		"http", at, regexp.QuoteMeta(id), `127\.0\.0\.1:\d+`, target, seconds, seconds, seconds, "200", "200", `\d{3}`,
		`\d{3}`, `"GET http://shop\.example\.com:80/orders\?id=7 HTTP/1\.1"`, `"curl/7\.88\.1 \\x22quoted\\x22"`, "-",
		"-", regexp.QuoteMeta(s.group), `"` + trace + `"`, `"-"`, `"-"`, "0", at, `"forward"`, `"-"`, `"-"`,
		`"` + target + `"`, `"200"`, `"-"`, `"-"`, `TID_[0-9a-f]{16}`,
	}
	if line := "^" + strings.Join(want, " ") + "$"; len(lines) != 1 || !regexp.MustCompile(line).MatchString(lines[0]) {
		t.Errorf("got the lines %q, want one like %s", lines, line)
	}

	s.get()
	if _, err := elb.NewFromConfig(s.cfg).DeleteLoadBalancer(t.Context(),
		&elb.DeleteLoadBalancerInput{LoadBalancerArn: &s.balancer}); err != nil {
		t.Fatal(err)
	}
	if _, lines := s.logged("access-logs"); len(lines) != 2 {
		t.Errorf("got %d lines when the load balancer is gone, want those of both requests: %q", len(lines), lines)
	}
}
