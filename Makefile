# Every target that a person calls has its purpose behind it; `make help` prints them.
SHELL := /bin/bash
.DEFAULT_GOAL := help

GO_MIN := 1.26
NODE_MIN := 20.9
PYTHON_MIN := 3.10
MOTO := 5.2.1
GOLANGCI := v2.15.0

.PHONY: help up down test quick lint bench fmt synth simulate recommend bindings tools go node python clean

help: ## Print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# Built and not run by `go run`, which passes no signal on: who ends make gives Terraform the time to write its state.
LOCAL = go build -o .tools/local ./cmd/local && exec .tools/local

up: tools bindings ## Deploy the whole system to a local AWS and show what exists there
	@$(LOCAL) up $(if $(SETTINGS),-settings $(SETTINGS))

down: ## Destroy what `make up` deployed, and stop the local AWS
	@$(LOCAL) down

test: tools bindings ## Run every test, those with real Terraform on a local AWS too
	@# go test shows nothing of a package before its end, and e2e takes minutes.
	@mkdir -p .tools && : >.tools/progress && { tail -f .tools/progress & trap "kill $$!" EXIT; } && \
	  E2E_PROGRESS=$(CURDIR)/.tools/progress go test -timeout 20m ./...

quick: node bindings ## Run the tests that take seconds: without Terraform, and without the whole AWS bindings
	go test $$(go list ./... | grep -v -e /e2e -e /internal/bindings)

lint: ## Check style, mistakes, and the direction of imports
	go run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI) run

bench: go node ## Measure synth and the test loop against the whole bindings and the AWS CDK
	@GOWORK=off go run ./cmd/bench

fmt: ## Format the Go code
	gofmt -w $$(git ls-files '*.go')

synth: node bindings ## Write the Terraform JSON into cdktf.out
	go run .

# Others stand in ARGS: make simulate LOAD=week ARGS="-capacity 80 -start 45s"; ARGS=-help lists them.
SIMULATE = go run ./cmd/simulate $(if $(SETTINGS),-settings $(SETTINGS)) $(if $(ENVIRONMENT),-environment $(ENVIRONMENT)) \
  $(if $(SERVICE),-service $(SERVICE)) $(if $(LOAD),-load $(LOAD)) $(if $(COMPARE),-compare $(COMPARE))

simulate: ## Show how the service would scale under a load (LOAD=flash-crowd, COMPARE=other.yaml, ARGS=-help)
	@$(SIMULATE) $(ARGS)

recommend: ## Search the settings that take the load with the fewest task hours
	@$(SIMULATE) -recommend $(ARGS)

bindings: go ## Cut the AWS bindings down to what is imported, which makes synth and tests fast
	@GOWORK=off go run ./cmd/bindings

clean: ## Remove everything that can be made again, but no state
	rm -rf cdktf.out node_modules .venv .tools go.work generated/bindings

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
