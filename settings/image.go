package settings

import (
	"cmp"
	// Digests in image names: the reference package accepts only those whose hash is linked in.
	_ "crypto/sha256"
	_ "crypto/sha512" // SHA-384 too
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/distribution/reference"

	"webapp/internal/configfile"
)

// nameOfImage returns the last part of an image's name, without tag and digest.
func nameOfImage(image string) string {
	image, _, _ = strings.Cut(image, "@")
	image = image[strings.LastIndex(image, "/")+1:]
	image, _, _ = strings.Cut(image, ":")
	// ECS allows no dots in a container's name.
	return strings.ReplaceAll(image, ".", "-")
}

func checkImage(c configfile.Checker, image string) {
	switch {
	case image == "":
		c.Problemf("is missing; write the image to run, such as public.ecr.aws/nginx/nginx:stable")
		return
	case registryAlone.MatchString(image):
		c.Problemf("%q is a registry without a repository; add the repository's name, such as "+
			"123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop:1", image)
		return
	case strings.ContainsAny(image, "${}<>"):
		c.Problemf("%q has a placeholder, which nothing replaces; write the image itself, or leave it to the command line: "+
			"--set %s=shop:1.4.2", image, c.Path())
		return
	}
	named, err := reference.ParseNormalizedNamed(image)
	if err != nil {
		c.Problemf("%q is not a valid image: %s", image, whyNotAnImage(image))
		return
	}
	if wrong := cmp.Or(wrongRegistry(reference.Domain(named)), wrongRepository(named)); wrong != "" {
		c.Problemf("%q cannot be pulled: %s", image, wrong)
	}
}

// wrongRepository says why a registry has no repository of that name, and what to write instead, or "".
// Sources: Docker documentation, "Create a minimal base image using scratch"; ECR Public user guide, "Public
// registries"; GitHub documentation, "Working with the Container registry".
func wrongRepository(image reference.Named) string {
	if image.Name() == "docker.io/library/scratch" {
		return "scratch is the empty base of a Dockerfile, not an image; write one such as " +
			"public.ecr.aws/nginx/nginx:stable"
	}
	name, inOwner := reference.Path(image), strings.Contains(reference.Path(image), "/")
	switch domain := reference.Domain(image); {
	case inOwner:
	case domain == "public.ecr.aws":
		return fmt.Sprintf("a repository there has the alias of a registry before its name; write one such as "+
			"public.ecr.aws/docker/library/%s", name)
	case domain == "ghcr.io":
		return fmt.Sprintf("a repository there has its owner before its name; write one such as ghcr.io/acme/%s", name)
	}
	return ""
}

var (
	imageID     = regexp.MustCompile(`^[0-9a-f]{64}$`)
	imageTag    = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]*$`)
	imageDigest = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)
)

const maxTag = 128

// pageOfHub matches the page of an image: that of an official one has an underscore in place of the owner.
var pageOfHub = regexp.MustCompile(`^https://hub\.docker\.com/(?:_|r)/([a-z0-9._/-]+?)(?:/tags)?/?$`)

// whyNotAnImage says which rule an image breaks, and what to write instead.
// Source: github.com/distribution/reference, the grammar of Docker's references.
func whyNotAnImage(image string) string {
	name, digest, hasDigest := strings.Cut(image, "@")
	tag, hasTag := "", false
	if colon := strings.LastIndex(name, ":"); colon > strings.LastIndex(name, "/") {
		name, tag, hasTag = name[:colon], name[colon+1:], true
	}
	lower := strings.ToLower(name) + image[len(name):]
	_, inLowerCase := reference.ParseNormalizedNamed(lower)
	scheme, _, isURL := strings.Cut(image, "://")
	switch {
	case strings.HasPrefix(image, "https://hub.docker.com/") && pageOfHub.MatchString(image):
		return "it is a page of Docker Hub; write " + pageOfHub.FindStringSubmatch(image)[1]
	case isURL:
		return "an image is not a URL; remove " + scheme + "://"
	case strings.ContainsFunc(image, unicode.IsSpace):
		return "it has a space; remove it"
	case imageID.MatchString(image):
		return "it is an image's id; write the image's name, such as public.ecr.aws/nginx/nginx:stable"
	case hasDigest && !imageDigest.MatchString(digest):
		return "a digest is sha256: followed by 64 characters from 0-9 and a-f; copy it from the registry"
	case hasTag && tag == "":
		return "the tag after the colon is missing; write one, such as " + name + ":1.4.2, or remove the colon"
	case len(tag) > maxTag:
		return fmt.Sprintf("the tag has %d characters; write at most %d", len(tag), maxTag)
	case hasTag && !imageTag.MatchString(tag):
		return "a tag has only letters, digits, dots, hyphens and underscores, and does not begin with a dot or hyphen; " +
			"write one such as 1.4.2"
	case inLowerCase == nil:
		return "a repository's name is in lower case; write " + lower
	}
	return "a name has lower-case letters and digits, which a dot, hyphens, or one or two underscores may separate; " +
		"write it as for docker pull, such as public.ecr.aws/nginx/nginx:stable"
}

// wrongRegistry says why Fargate cannot reach the host of an image's registry, and what to write instead. It returns ""
// for all others.
func wrongRegistry(host string) string {
	name, port := host, ""
	if colon := strings.LastIndex(host, ":"); colon > strings.LastIndex(host, "]") {
		name, port = host[:colon], host[colon+1:]
	}
	const maxPort = 65535
	if n, err := strconv.Atoi(port); port != "" && (err != nil || n < 1 || n > maxPort) {
		return fmt.Sprintf("%s is not a valid port; write one from 1 to %d, such as %s:5000", port, maxPort, name)
	}
	address, _ := netip.ParseAddr(strings.Trim(name, "[]"))
	switch {
	case name == "localhost" || strings.HasSuffix(name, ".localhost") || name == "host.docker.internal" ||
		address.IsLoopback() || address.IsUnspecified():
		return "on Fargate, " + name + " is not your machine, and no registry listens there; push the image to a registry " +
			"such as ECR, and write its address there"
	case likePublicECR.MatchString(name):
		return host + " is not the host of ECR's public registry; write public.ecr.aws"
	case likeECR.MatchString(name):
		return wrongECRHost(host)
	}
	return ""
}

// ECRRepository is a private repository in Amazon ECR.
type ECRRepository struct {
	Account, Region, Name string
	// Host of the registry. A registry has several host names, but a VPC endpoint only serves PlainHost.
	Host, PlainHost string
}

// ECRRepository returns the private ECR repository of the image, if it has one.
func (o ContainerOptions) ECRRepository() (ECRRepository, bool) {
	host, name, _ := strings.Cut(o.Image, "/")
	parts := ecrHost.FindStringSubmatch(host)
	name, _, _ = strings.Cut(name, "@")
	name, _, _ = strings.Cut(name, ":")
	if parts == nil || name == "" || wrongECRHost(host) != "" {
		return ECRRepository{}, false
	}
	account, region := parts[1], parts[3]
	return ECRRepository{Account: account, Region: region, Name: name, Host: host,
		PlainHost: ECRHost(account, region)}, true
}

// ECRHost returns the host of an account's private registry in a region.
func ECRHost(account, region string) string {
	plain, _ := ecrSuffixes(region)
	return fmt.Sprintf("%s.dkr.ecr.%s.%s", account, region, plain)
}

var (
	// ecrHost matches the host of a private ECR registry: plain, FIPS, dual-stack, or both.
	// Source: AWS General Reference, "Amazon ECR endpoints and quotas".
	ecrHost = regexp.MustCompile(`^([0-9]+)\.dkr([.-])ecr(?:-fips)?\.([a-z0-9-]+)\.(.+)$`)
	// likeECR matches what is meant to be such a host: it has an account, ecr or dkr, or a misspelling of these, and ends
	// as the hosts of AWS do. No other registry has one of them there.
	likeECR = regexp.MustCompile(`^[0-9]+\.dkr[.-]|` +
		`^([0-9]{8,}\.|([^.]+\.)*(dkr|drk|ecr|erc|dkr-ecr|ecr-fips)\.)([^.]+\.)*(amazonaws\.(com(\.cn)?|eu)|on\.aws)$`)
	// likePublicECR matches what is meant to be the host of the public registry.
	likePublicECR = regexp.MustCompile(`^((public\.ecr|ecr-public)\.([^.]+\.)*amazonaws\.com|(www\.|gallery\.)?ecr\.aws)$`)
	// registryAlone matches such a host without a repository, with or without a tag. Docker would read it as the name of
	// an image in Docker Hub.
	registryAlone = regexp.MustCompile(`^[0-9]+\.dkr[.-][^/]*/?$`)
)

// ecrSuffixes returns how the host names of the registries in a region end: the plain ones, and the dual-stack ones,
// "" where there are none.
// Sources: botocore's partitions; for China and the European Sovereign Cloud also the credential provider of Amazon
// EKS's images (awslabs/amazon-eks-ami).
func ecrSuffixes(region string) (plain, dualStack string) {
	switch anyPartitionOf(region) {
	case "aws-cn":
		return "amazonaws.com.cn", "on.amazonwebservices.com.cn"
	case "aws-eusc":
		return "amazonaws.eu", "on.amazonwebservices.eu"
	case "aws-iso":
		return "c2s.ic.gov", ""
	case "aws-iso-b":
		return "sc2s.sgov.gov", ""
	case "aws-iso-e":
		return "cloud.adc-e.uk", ""
	case "aws-iso-f":
		return "csp.hci.ic.gov", ""
	}
	return "amazonaws.com", "on.aws"
}

// wrongECRHost says why the host of a private ECR registry cannot exist, and what to write instead, or "".
func wrongECRHost(host string) string {
	const example = "write one such as 123456789012.dkr.ecr.eu-west-1.amazonaws.com"
	parts := ecrHost.FindStringSubmatch(host)
	if parts == nil || slices.Contains([]string{"amazonaws", "on"}, parts[3]) {
		return host + " is not the host of an ECR registry, which names an account and a region; " + likelyECRHost(host)
	}
	account, separator, region, suffix := parts[1], parts[2], parts[3], parts[4]
	plain, dualStack := ecrSuffixes(region)
	switch {
	case len(account) != 12:
		return fmt.Sprintf("%s has %d digits, but an account's id has 12; %s", account, len(account), example)
	case anyPartitionOf(region) == "":
		return notARegion(region)
	case separator == "." && suffix == plain, separator == "-" && suffix == dualStack:
		return ""
	}
	return host + " is not the host of an ECR registry; write " + ECRHost(account, region)
}

// likelyECRHost returns what to write instead of a host that is not that of an ECR registry, from the account and the
// region that it names.
func likelyECRHost(host string) string {
	account, region := "", ""
	for _, label := range strings.Split(host, ".") {
		switch {
		case accountID.MatchString(label):
			account = label
		case anyPartitionOf(label) != "":
			region = label
		}
	}
	likely := ECRHost(cmp.Or(account, "123456789012"), cmp.Or(region, "eu-west-1"))
	if account == "" || region == "" {
		return "write one such as " + likely
	}
	return "write " + likely
}
