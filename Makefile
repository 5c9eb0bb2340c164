# Rollcall: Go, git and make are all it takes. `make help` tells what there is.

.DEFAULT_GOAL := build
.NOTPARALLEL:
MAKEFLAGS += --no-print-directory

FUZZTIME ?= 30s
SOAKTIME ?= 8760h
GOVULNDB ?= https://vuln.go.dev

BIN := bin/rollcall
TOOLS := .cache/bin
PINNED := -modfile=web/build/tools/go.mod

# Go stamps the version from git's tags into the binary, and stops where there is a
# repository that git will not read (another owner's, or no git).
STAMP := $(shell git status >/dev/null 2>&1 && echo -buildvcs=true || echo -buildvcs=false)

# What is compiled for the browser, less the tests that drive a browser from outside.
WASM := GOOS=js GOARCH=wasm
WASM_PACKAGES := ./app ./app/ui/... ./shared/...

# The race detector needs a C compiler; Go turns cgo off where there is none.
RACE := $(if $(filter 1,$(shell go env CGO_ENABLED)),-race)

.PHONY: run
run: build ## build everything and serve it on http://localhost:8000
	exec $(BIN) serve

.PHONY: build
build: assets ## leave one static binary with everything in it: bin/rollcall (what make alone does)
	CGO_ENABLED=0 go build -trimpath $(STAMP) -ldflags='-s -w' -o $(BIN) ./server

.PHONY: assets
assets:
	@go run ./web/build

.PHONY: test
test: vet unit size components browser ## vet, unit tests, sizes, components in a browser, and whole rooms with real browsers

.PHONY: size
size: ## print what a first visit loads and what the program is made of; fails over 1.5 MB
	@go run ./web/build -size

.PHONY: vet
vet:
	go vet ./...
	$(WASM) go vet $(WASM_PACKAGES)
	$(WASM) go vet -tags=dev $(WASM_PACKAGES)

.PHONY: unit
unit:
	$(if $(RACE),,@echo "no C compiler: the tests run without the race detector")
	go test $(RACE) $$(go list ./... | grep -v /app/e2e)
	$(if $(RACE),go test -run '^TestTheLargestRoomReachesAClient$$' ./server/site)

# The tests get a small environment of their own: a browser hands the program what it
# is given in 8 KB.
.PHONY: components
components: chromium $(TOOLS)/wasmbrowsertest
	$(WASM) go test -exec="env -i HOME=$$HOME PATH=$$PATH WASM_HEADLESS=on $(CURDIR)/$(TOOLS)/wasmbrowsertest" ./app/ui/... ./shared/...

.PHONY: browser
browser: chromium build
	ROLLCALL_BIN=$(CURDIR)/$(BIN) go test -count=1 -timeout=20m -parallel=3 ./app/e2e/...

# The names under which the tests look for one.
.PHONY: chromium
chromium:
	@for name in chromium chromium-browser google-chrome google-chrome-stable headless-shell \
		"/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"; do \
		command -v "$$name" >/dev/null && exit 0; \
	done; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends chromium; \
	else \
		echo "The tests need a browser: install Chromium or Chrome (on Debian: apt-get install chromium)." >&2; \
		exit 1; \
	fi

.PHONY: lint
lint: vet $(TOOLS)/staticcheck ## gofmt, go vet and staticcheck, for the server and for the browser; the licences of all that is in them
	@unformatted=$$(gofmt -l $$(git ls-files --cached --others --exclude-standard '*.go')) || exit; \
	if [ -n "$$unformatted" ]; then echo "not as gofmt would have it:"; echo "$$unformatted"; exit 1; fi
	$(TOOLS)/staticcheck ./...
	$(WASM) $(TOOLS)/staticcheck $(WASM_PACKAGES)
	go -C bench vet ./...
	go run ./server/release -licences

# By package: what calls what is not to be seen, for the commands are called by
# reflection. Its exit code is 3 where it found something. Where it can't look anything
# up, nothing is known, which is no success.
.PHONY: vulncheck
vulncheck: $(TOOLS)/govulncheck ## look for known vulnerabilities in the packages of both programs; needs vuln.go.dev, or GOVULNDB
	@check() { \
		"$$@" && return; \
		case $$? in \
		3) echo "vulnerable: see above" >&2 ;; \
		*) echo "NOT CHECKED: the database of vulnerabilities ($(GOVULNDB)) can't be used, see above" >&2 ;; \
		esac; \
		exit 1; \
	}; \
	check $(TOOLS)/govulncheck -scan=package -db=$(GOVULNDB) ./server; \
	check env $(WASM) $(TOOLS)/govulncheck -scan=package -db=$(GOVULNDB) ./app

.PHONY: fuzz
fuzz: ## run every fuzz target for FUZZTIME (30s)
	@found=0; \
	for package in $$(go list ./...); do \
		listed=$$(go test -list '^Fuzz' $$package) || { echo "$$listed"; exit 1; }; \
		for target in $$(echo "$$listed" | grep '^Fuzz'); do \
			found=1; echo "$$package $$target"; \
			go test -run '^$$' -fuzzminimizetime 20x -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) $$package || exit 1; \
		done; \
	done; \
	[ $$found = 1 ] || { echo "no fuzz target found" >&2; exit 1; }

.PHONY: soak
soak: ## play random schedules on hub and clients for SOAKTIME (until stopped); prints the seed of what it finds
	go test ./server/model -v -count=1 -timeout=0 -run '^TestSchedules$$' -soak=$(SOAKTIME)

.PHONY: mutants
mutants: ## plant each known bug in a copy and demand that those schedules find it
	go run ./server/model/mutants

.PHONY: bench
bench: build ## measure against the peers and the floor (bench/ is a module of its own)
	@test -f bench/go.mod || { echo "bench/ is missing" >&2; exit 1; }
	cd bench && go run .

.PHONY: detect
detect: chromium build ## measure how soon it is noticed who is gone, and how a crowd returns to a killed server (root, nft); writes docs/detection.md
	cd bench && go run ./detect

.PHONY: audit
audit: chromium build ## look at the page with axe, Lighthouse and a stopwatch (Node), write docs/audit.md; fails where a target is missed
	cd bench/audit && npm ci && go run .

.PHONY: cluster
cluster: build ## start three nodes that share rooms, with a balancer before them: http://localhost:8000
	cd bench && go run ./cluster/trio

.PHONY: faults
faults: build ## kill, freeze, cut off and restart real nodes with 3,000 people on them; about 8 minutes
	cd bench && go run ./cluster

.PHONY: acme
acme: $(TOOLS)/pebble ## get a certificate from an authority on this machine (pebble), over ACME
	go vet -tags=acme ./server
	go test -tags=acme -count=1 -run '^TestACME$$' ./server

.PHONY: deployed
deployed: build ## put nginx, Caddy and systemd around the program (as root), as docs/deploy has them, and go through them
	@for name in nginx caddy systemctl; do \
		command -v $$name >/dev/null || { echo "This needs $$name (on Debian: apt-get install nginx caddy systemd)." >&2; exit 1; }; \
	done
	go vet -tags=deploy ./server
	ROLLCALL_BIN=$(CURDIR)/$(BIN) go test -tags=deploy -count=1 -v -run '^TestBehind|^TestUnder' ./server

# Both servers are this build; -rounds N says how often.
.PHONY: handover
handover: build ## measure how 3,000 people move to a server that takes over, and whether anybody sees it
	cd bench && go run ./detect -handover

.PHONY: release
release: ## build the last commit for every platform, twice, and leave it with sums and a list of what is in it: bin/release
	go run ./server/release

.PHONY: abuse
abuse: build ## attack a server in ten ways while 1,000 honest clients use it, and print what came of it
	cd bench && go run ./abuse

.PHONY: dev
dev: ## serve on http://localhost:8000; rebuild, restart and reload when a file changes
	go tool $(PINNED) wgo -file '.go$$' -file '.css$$' -file '.html$$' -file '.svg$$' -file 'worker.js$$' -file 'start.js$$' -file 'rehearse.js$$' \
		-xfile '_test.go$$' -xdir '^(bench|bin|docs|web/dist)$$' \
		go run ./web/build -dev :: go build -buildvcs=false -o bin/rollcall-dev ./server :: bin/rollcall-dev serve

# All go to .cache; the few that the documents show are kept beside them.
SHOTS := room-desktop-light room-desktop-dark room-phone-light room-phone-dark edit-phone-light invite-phone-dark rtl-phone-light

.PHONY: screenshots
screenshots: chromium build ## take a picture of every state of the page (.cache/screenshots), and those of the documents
	mkdir -p .cache/screenshots
	ROLLCALL_BIN=$(CURDIR)/$(BIN) go test -count=1 -run '^TestScreenshots$$' ./app/e2e -screenshots $(CURDIR)/.cache/screenshots
	cd .cache/screenshots && cp $(SHOTS:=.png) $(CURDIR)/docs/pictures/

.PHONY: clean
clean: ## remove everything that was built, and what was kept to build it faster
	find web/dist -mindepth 1 ! -name .gitkeep -delete
	rm -rf bin .cache wasm_exec.js

.PHONY: help
help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

$(TOOLS)/wasmbrowsertest: web/build/tools/go.mod
	go build $(PINNED) -o $@ github.com/agnivade/wasmbrowsertest

$(TOOLS)/pebble: web/build/tools/go.mod
	go build $(PINNED) -o $@ github.com/letsencrypt/pebble/v2/cmd/pebble

$(TOOLS)/govulncheck: web/build/tools/go.mod
	go build $(PINNED) -o $@ golang.org/x/vuln/cmd/govulncheck

$(TOOLS)/staticcheck: web/build/tools/go.mod
	go build $(PINNED) -o $@ honnef.co/go/tools/cmd/staticcheck
