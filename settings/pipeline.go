package settings

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"webapp/internal/configfile"
	"webapp/internal/names"
)

// Pipeline adds a stack, STACK-pipeline, with two roles for a pipeline: STACK-plan, which reads, and STACK-deploy. They
// may do what webapp permissions prints, and only the repository's pipeline can assume them. A person applies that
// stack once; the steps are in docs/ci.md. Set one of github and gitlab.
// Source: IAM user guide, "OpenID Connect federation".
type Pipeline struct {
	// GitHub lets the workflows of a repository on GitHub assume the roles. Default: none.
	GitHub *GitHub `yaml:"github"`

	// GitLab lets the pipelines of a project on GitLab assume the roles. Default: none.
	GitLab *GitLab `yaml:"gitlab"`

	// CreateProvider creates the account's identity provider for GitHub or GitLab. An account has only one of each:
	// write false if it exists already, as in the second environment of the same account. Default: true; false in
	// additional regions of the same account.
	CreateProvider bool `yaml:"createProvider"`

	// PermissionsBoundary is the ARN of a policy that limits the permissions of both roles, for accounts that require
	// one. Default: none.
	PermissionsBoundary string `yaml:"permissionsBoundary" arn:"iam"`
}

// GitHub is a repository on GitHub. The role that deploys is for jobs in the GitHub environment STACK, which can have
// reviewers; the one that plans for those in STACK-plan, for pull requests, and for the branch.
// Source: GitHub Actions, "Configuring OpenID Connect in Amazon Web Services".
type GitHub struct {
	// Repository is the owner's name and the repository's, such as acme/shop. Required.
	Repository string `yaml:"repository"`

	// Branch that is deployed. Default main.
	Branch string `yaml:"branch"`
}

// GitLab is a project on GitLab. The role that deploys is for pipelines of the branch, the one that plans for those of
// all branches of the project.
// Source: GitLab CI/CD, "Configure OpenID Connect in AWS to retrieve temporary credentials".
type GitLab struct {
	// Project is the path of the project with its groups, such as acme/web/shop. Required.
	Project string `yaml:"project"`

	// Hostname of GitLab. Default gitlab.com.
	Hostname string `yaml:"hostname"`

	// Branch that is deployed. Default main.
	Branch string `yaml:"branch"`
}

// ResetOthers lets an overlay choose the other kind of pipeline.
func (p *Pipeline) ResetOthers(given []string) {
	github, gitlab := slices.Contains(given, "github"), slices.Contains(given, "gitlab")
	if gitlab && !github && p.GitLab != nil {
		p.GitHub = nil
	}
	if github && !gitlab && p.GitHub != nil {
		p.GitLab = nil
	}
}

func (p *Pipeline) SetDefaults() { p.CreateProvider = true }

func (g *GitHub) SetDefaults() { g.Branch = "main" }

func (g *GitLab) SetDefaults() { g.Hostname, g.Branch = "gitlab.com", "main" }

func (g *GitHub) ShorthandKey(string) string { return "repository" }

func (g *GitLab) ShorthandKey(string) string { return "project" }

// leaveToPrimary leaves the provider to the stack of the primary region if both are in one account: it is in no region.
func (p *Pipeline) leaveToPrimary(all *Stack, primary Settings) {
	if primary.Pipeline != nil && p.Host() == primary.Pipeline.Host() &&
		all.AWS.accountKey() == primary.AWS.accountKey() {
		p.CreateProvider = false
	}
}

func (p *Pipeline) Check(c configfile.Checker) {
	switch {
	case p.GitHub != nil && p.GitLab != nil:
		c.Problemf("has both github and gitlab, but the roles are for one of them; remove the other")
	case p.GitHub == nil && p.GitLab == nil && c.Valid("", "github", "gitlab"):
		c.Problemf("does not say whose pipeline it is; write github: {repository: acme/shop}, or gitlab: " +
			"{project: acme/shop}")
	}
	if p.PermissionsBoundary != "" {
		checkARN(c.At("permissionsBoundary"), p.PermissionsBoundary, policyARN, "managed policy",
			"arn:aws:iam::123456789012:policy/boundary")
	}
}

func (g *GitHub) Check(c configfile.Checker) {
	switch {
	case g.Repository == "":
		c.At("repository").Problemf("is missing; write the owner and the repository, such as acme/shop")
	case withoutGit(g.Repository, githubRepository) != "":
		c.At("repository").Problemf(endsWithGit, g.Repository, withoutGit(g.Repository, githubRepository))
	case !githubRepository.MatchString(g.Repository) || noRepository.MatchString(g.Repository):
		c.At("repository").Problemf("%q is not a valid repository; write its owner and its name, such as acme/shop, "+
			"without https://github.com/", g.Repository)
	}
	checkBranch(c.At("branch"), g.Branch)
}

func (g *GitLab) Check(c configfile.Checker) {
	switch {
	case g.Project == "":
		c.At("project").Problemf("is missing; write the project's path, such as acme/shop")
	case withoutGit(g.Project, gitlabProject) != "":
		c.At("project").Problemf(endsWithGit, g.Project, withoutGit(g.Project, gitlabProject))
	case !gitlabProject.MatchString(g.Project):
		c.At("project").Problemf("%q is not a valid project; write its groups and its name, such as acme/shop, without "+
			"the host", g.Project)
	}
	if !hostName.MatchString(g.Hostname) || strings.Contains(g.Hostname, ":") {
		c.At("hostname").Problemf("%q is not a valid host name; write one such as gitlab.com, without https:// and "+
			"without a port", g.Hostname)
	}
	checkBranch(c.At("branch"), g.Branch)
}

const endsWithGit = "%q ends with .git, which belongs to the URL of a clone and not to the name; write %s"

// withoutGit returns a name without the .git at its end, which neither GitHub nor GitLab has in a name and so in the
// subject of a token, or "" if there is none.
func withoutGit(name string, valid *regexp.Regexp) string {
	plain, isURL := strings.CutSuffix(name, ".git")
	if !isURL || !valid.MatchString(plain) {
		return ""
	}
	return plain
}

// checkBranch refuses wildcards, which would let other branches in, and full names of refs, of which the roles would
// match none. GitHub takes no branch that begins with refs/.
// Sources: git-check-ref-format; GitHub, "Dealing with special characters in branch and tag names".
func checkBranch(c configfile.Checker, branch string) {
	switch short, isFull := strings.CutPrefix(branch, "refs/heads/"); {
	case isFull && isBranch(short):
		c.Problemf("%s is the full name of a branch; write %s", branch, short)
	case notInPolicies.MatchString(branch):
		c.Problemf("%q has characters that IAM does not take in a policy; write a branch without them, such as main",
			branch)
	case !isBranch(branch) || strings.HasPrefix(branch, "refs/"):
		c.Problemf("%q is not a valid branch; write the name of one, such as main, without wildcards", branch)
	}
}

// isBranch reports whether git takes a name, and IAM takes it as it is in a policy.
func isBranch(name string) bool {
	return branchName.MatchString(name) && !notInBranches.MatchString(name)
}

// checkPipeline reports what keeps a pipeline from working.
func (s *Stack) checkPipeline(c configfile.Checker) {
	if s.Pipeline == nil {
		return
	}
	at := c.At("pipeline")
	// Its roles are limited to what has these tags, Environment only where there is one.
	if tags := s.Tags(); tags["Application"] == "" && tags["Environment"] == "" && c.Valid("name") {
		c.At("aws.tags").Key("Application").Problemf("\"\" leaves the stack without the tags Application and Environment, " +
			"but the roles of pipeline are limited to what has one of them; give one a value, or remove pipeline")
	}
	if s.State.S3 == nil && s.State.Remote == nil {
		at.Notef("a pipeline cannot keep the state in a file: its machine is thrown away; set state.s3 or state.remote")
	}
	if s.AWS.Role != "" {
		at.Notef("with aws.role, Terraform would not work with the roles of the pipeline, but assume %s from them; "+
			"leave aws.role out", s.AWS.Role)
	}
}

// PipelineStackName names the stack with the roles of the pipeline.
func (s Stack) PipelineStackName() string { return fmt.Sprintf("%s-pipeline", s.StackName()) }

// PipelineRoleName names the role of the pipeline that does something: plan or deploy.
func (s Stack) PipelineRoleName(task string) string {
	return names.Fit(s.StackName(), maxRoleName-len("-")-len(task)) + "-" + task
}

// maxRoleName is the length of a role's name. Source: IAM user guide, "IAM and AWS STS quotas".
const maxRoleName = 64

// Host is that of the identity provider, which stands in its ARN and in the keys of trust policies.
func (p Pipeline) Host() string {
	if p.GitLab != nil {
		return p.GitLab.Hostname
	}
	return "token.actions.githubusercontent.com"
}

// Audience is for whom the provider's tokens are.
func (p Pipeline) Audience() string {
	if p.GitLab != nil {
		return "https://" + p.GitLab.Hostname
	}
	return "sts.amazonaws.com"
}

// Subjects are the jobs that may plan or deploy a stack, as the provider's tokens name them. A * stands for any
// characters; there is one only where GitLab plans.
func (p Pipeline) Subjects(stack, task string) []string {
	deploys := task == "deploy"
	if g := p.GitLab; g != nil {
		branch := g.Branch
		if !deploys {
			branch = "*"
		}
		return []string{fmt.Sprintf("project_path:%s:ref_type:branch:ref:%s", g.Project, branch)}
	}
	repository := "repo:" + p.GitHub.Repository + ":"
	if deploys {
		return []string{repository + "environment:" + stack}
	}
	return []string{
		repository + "environment:" + stack + "-plan", repository + "pull_request",
		repository + "ref:refs/heads/" + p.GitHub.Branch,
	}
}

var (
	// The names of managed users end with an underscore and the short code of their enterprise.
	// Source: GitHub, "Username considerations for external authentication".
	githubRepository = regexp.MustCompile(
		`^[A-Za-z0-9]([A-Za-z0-9-]{0,37}[A-Za-z0-9])?(_[A-Za-z0-9]{1,37})?/[A-Za-z0-9._-]{1,100}$`)
	noRepository  = regexp.MustCompile(`/(\.{1,2}|.*\.git)$`) // the folders of a path, and .git alone
	gitlabProject = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)+$`)
	branchName    = regexp.MustCompile(`^[!-~¡-ÿ]{1,200}$`)
	// Source: IAM API, CreateRole AssumeRolePolicyDocument.
	notInPolicies = regexp.MustCompile(`[^\x00-ÿ]`)
	// What git refuses, and the beginning of a policy variable (IAM user guide, "Policy variables").
	notInBranches = regexp.MustCompile(`[~^:?*\[\\]|@\{|\.\.|//|(^|/)\.|^[/-]|[/.]$|\.lock(/|$)|^@$|\$\{`)
)
