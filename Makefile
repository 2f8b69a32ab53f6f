# Every target that a person calls has its purpose behind it; `make help` prints them.
SHELL := /bin/bash
.DEFAULT_GOAL := help

GO_MIN := 1.26
NODE_MIN := 20.9
PYTHON_MIN := 3.10
MOTO := 5.2.1
GOLANGCI := v2.15.0

.PHONY: help up down test quick lint bench fmt synth simulate recommend bindings tools prerequisites clean

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

quick: bindings ## Run the tests that take seconds: without Terraform, and without the whole AWS bindings
	go test $$(go list ./... | grep -v -e /e2e -e /internal/bindings)

lint: ## Check style, mistakes, and the direction of imports
	go run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI) run

bench: prerequisites ## Measure synth and the test loop against the whole bindings and the AWS CDK
	@GOWORK=off go run ./cmd/bench

fmt: ## Format the Go code
	gofmt -w $$(git ls-files '*.go')

synth: bindings ## Write the Terraform JSON into cdktf.out
	go run .

# Others stand in ARGS: make simulate LOAD=week ARGS="-capacity 80 -start 45s"; ARGS=-help lists them.
SIMULATE = go run ./cmd/simulate $(if $(SETTINGS),-settings $(SETTINGS)) $(if $(ENVIRONMENT),-environment $(ENVIRONMENT)) \
  $(if $(SERVICE),-service $(SERVICE)) $(if $(LOAD),-load $(LOAD)) $(if $(COMPARE),-compare $(COMPARE))

simulate: ## Show how the service would scale under a load (LOAD=flash-crowd, COMPARE=other.yaml, ARGS=-help)
	@$(SIMULATE) $(ARGS)

recommend: ## Search the settings that take the load with the fewest task hours
	@$(SIMULATE) -recommend $(ARGS)

bindings: prerequisites ## Cut the AWS bindings down to what is imported, which makes synth and tests fast
	@GOWORK=off go run ./cmd/bindings

clean: ## Remove everything that can be made again, but no state
	rm -rf cdktf.out node_modules .venv .tools go.work generated/bindings

# What the other targets need. Terraform is found, or installed into .tools, by the programs that use it.
tools: prerequisites
	@command -v moto_server >/dev/null || [ -x .venv/bin/moto_server ] || { \
	  echo "Installing the local AWS (moto $(MOTO)) into .venv"; \
	  python3 -m venv .venv && .venv/bin/pip install --quiet 'moto[server]==$(MOTO)'; }

# at-least: the second version is the first or newer.
at-least = [ "$$(printf '%s\n' $(1) $(2) | sort -V | head -n 1)" = "$(1)" ]

prerequisites:
	@missing=0; \
	need() { echo "$$1 $$2 or newer is needed$$3" >&2; missing=1; }; \
	command -v go >/dev/null || need Go $(GO_MIN) ' and is not installed: https://go.dev/dl'; \
	if ! command -v node >/dev/null; then need Node.js $(NODE_MIN) ' (CDKTF runs on it) and is not installed: https://nodejs.org'; \
	elif v=$$(node -p process.versions.node); ! $(call at-least,$(NODE_MIN),$$v); then need Node.js $(NODE_MIN) " (CDKTF runs on it); this is $$v"; fi; \
	if ! command -v moto_server >/dev/null && [ ! -x .venv/bin/moto_server ]; then \
	  if ! command -v python3 >/dev/null; then need Python $(PYTHON_MIN) ' (the local AWS runs on it) and is not installed: https://www.python.org'; \
	  elif v=$$(python3 -c 'import platform; print(platform.python_version())'); ! $(call at-least,$(PYTHON_MIN),$$v); then need Python $(PYTHON_MIN) " (the local AWS runs on it); this is $$v"; fi; \
	fi; \
	exit $$missing
