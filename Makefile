# Every target that a person calls has its purpose behind it; `make help` prints them.
SHELL := /bin/bash
.DEFAULT_GOAL := help

GO_MIN := 1.26
NODE_MIN := 20.9
PYTHON_MIN := 3.10
MOTO := 5.2.1
GOLANGCI := v2.15.0
ACTIONLINT := v1.7.12

.PHONY: help up down synth check simulate recommend test quick verify static lint update bench fmt clean
.PHONY: program bindings tools go node python

help: ## Print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo "  SETTINGS=shop.yaml and ENVIRONMENT=prod choose the settings; ARGS holds other options, such as ARGS=--help"

# The program itself, since `go run` passes no signal on: whoever ends make gives Terraform the time to write its state.
WEBAPP = exec .tools/webapp
CHOSEN = $(if $(SETTINGS),--settings '$(SETTINGS)') $(if $(ENVIRONMENT),--environment '$(ENVIRONMENT)')
SIMULATED = $(CHOSEN) $(if $(SERVICE),--service '$(SERVICE)') $(if $(LOAD),--load '$(LOAD)')

up: tools program ## Deploy the whole system to a local AWS and show what exists there
	@$(WEBAPP) local up $(CHOSEN) $(ARGS)

down: tools program ## Destroy what `make up` deployed, and stop the local AWS
	@$(WEBAPP) local down $(ARGS)

synth: node program ## Write the Terraform JSON into cdktf.out
	@$(WEBAPP) synth $(CHOSEN) $(ARGS)

check: node program ## Report every problem of the settings
	@$(WEBAPP) check $(CHOSEN) $(ARGS)

simulate: program ## Show how the service would scale under a load (LOAD=flash-crowd, COMPARE=other.yaml)
	@$(WEBAPP) simulate $(SIMULATED) $(if $(COMPARE),--compare '$(COMPARE)') $(ARGS)

recommend: program ## Search the settings that take the load with the fewest task hours
	@$(WEBAPP) recommend $(SIMULATED) $(ARGS)

test: tools bindings ## Run all tests, including those that use real Terraform on a local AWS
	@# e2e takes by far the longest: it comes first, and all else runs beside it. Some packages mostly wait, so four at a time
	@# keep two cores busy until the end. go test shows nothing of a package before its end.
	@# `make lint` vets the code. -w leaves out what only debuggers need, which halves the time of linking.
	@mkdir -p .tools && : >.tools/progress && { tail -f .tools/progress & trap "kill $$!" EXIT; } && \
	  E2E_PROGRESS=$(CURDIR)/.tools/progress go test -p 4 -vet=off -ldflags=-w -timeout 60m ./e2e ./settings ./stacks ./...

# Without Terraform, a local AWS, and the whole AWS bindings.
quick: node bindings ## Run the tests that take seconds
	go test -ldflags=-w $$(go list ./... | grep -v -e /e2e -e /internal/bindings -e /internal/given -e /commands/local)

verify: static quick ## Check everything that takes less than three minutes: before each commit

static: bindings ## Check the format, the modules and the code, without running it
	@unformatted=$$(gofmt -l $$(git ls-files '*.go')); \
	  [ -z "$$unformatted" ] || { echo "not formatted; run make fmt: $$unformatted" >&2; exit 1; }
	go mod tidy -diff
	@$(MAKE) --no-print-directory lint

lint: ## Check style, mistakes, and the direction of imports
	go run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI) run
	go run github.com/rhysd/actionlint/cmd/actionlint@$(ACTIONLINT) pipeline/github/*.yml .github/workflows/*.yml

# The tests compare the generated files with what they generate, and write them with -update.
update: node bindings ## Write all generated files anew: schema, reference, diagrams, and what tests compare with
	go test ./internal/reference -update
	go test ./internal/schema -update
	go test ./settings ./stacks ./internal/diagram ./internal/review ./internal/commands -update
	go test ./docs -run 'README|Architecture' -update

bench: go node ## Measure synth and the test loop against the whole bindings and the AWS CDK
	@GOWORK=off go run ./cmd/bench

fmt: ## Format the Go code
	gofmt -w $$(git ls-files '*.go')

clean: ## Remove everything that can be made again, but no state
	rm -rf cdktf.out node_modules .venv .tools go.work generated/bindings

program: bindings
	@go build -o .tools/webapp .

bindings: go ## Cut the AWS bindings down to what is imported, which makes synth and tests fast
	@GOWORK=off go run ./cmd/bindings

# What the other targets need, and no more of it. Terraform is found, or installed into .tools, by the programs that use it.
tools: go node python
	@command -v moto_server >/dev/null || [ -x .venv/bin/moto_server ] || { \
	  echo "Installing the local AWS (moto $(MOTO)) into .venv"; \
	  python3 -m venv .venv && .venv/bin/pip install --quiet 'moto[server]==$(MOTO)'; }

go:
	@$(call need,Go,$(GO_MIN),,go env GOVERSION | sed s/^go//,https://go.dev/dl)

node:
	@$(call need,Node.js,$(NODE_MIN), (CDKTF runs on it),node -p process.versions.node,https://nodejs.org)

python: # needed to install moto; where there is one, it has its own
	@command -v moto_server >/dev/null || [ -x .venv/bin/moto_server ] || { \
	  $(call need,Python,$(PYTHON_MIN), (the local AWS runs on it),python3 -c 'import platform; print(platform.python_version())',https://www.python.org); }

# need: a program, its oldest version, what for, the command that prints its version, and where to get it. A program that is there but
# does not run is as good as none.
need = v=$$({ $(4); } 2>/dev/null) || true; \
  if [ -z "$$v" ]; then echo "$(1) $(2) or newer is needed$(3), and is not installed or does not run: $(5)" >&2; exit 1; fi; \
  if [ "$$(printf '%s\n' $(2) "$$v" | sort -V | head -n 1)" != "$(2)" ]; then echo "$(1) $(2) or newer is needed$(3); this is $$v" >&2; exit 1; fi
