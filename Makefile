# Needs Go, git and make. `make help` lists the targets.

.DEFAULT_GOAL := build
.NOTPARALLEL:
MAKEFLAGS += --no-print-directory

FUZZTIME ?= 30s
SOAKTIME ?= 8760h
GOVULNDB ?= https://vuln.go.dev

BIN := bin/rollcall
TOOLS := .cache/bin
PINNED := -modfile=web/build/tools/go.mod

# Go stamps the version from git's tags into the binary. It fails where git can't read
# the repository (another owner's, or git is missing), so this asks git first.
STAMP := $(shell git status >/dev/null 2>&1 && echo -buildvcs=true || echo -buildvcs=false)

# Packages for the browser, without the tests that drive a browser from outside.
WASM := GOOS=js GOARCH=wasm
WASM_PACKAGES := ./app ./app/ui/... ./shared/... ./docs/examples/browser

# The race detector needs a C compiler. Go disables cgo if there is none.
RACE := $(if $(filter 1,$(shell go env CGO_ENABLED)),-race)

.PHONY: run
run: build ## build everything and serve it on http://localhost:8000
	exec $(BIN) serve

.PHONY: build
build: assets ## leave one static binary with everything in it: bin/rollcall (what make alone does)
	CGO_ENABLED=0 go build -trimpath $(STAMP) -ldflags='-s -w' -o $(BIN) ./server/cmd/rollcall

.PHONY: assets
assets:
	@go run ./web/build

.PHONY: test
test: vet unit size components browser ## vet, unit tests, sizes, components in a browser, and whole rooms with real browsers

.PHONY: size
size: ## print what a first visit loads and what the program is made of; fails over 1.28 MB
	@go run ./web/build -size

.PHONY: vet
vet:
	go vet ./...
	$(WASM) go vet $(WASM_PACKAGES)
	$(WASM) go vet -tags=dev $(WASM_PACKAGES)

.PHONY: unit
unit: postgresql curl node
	$(if $(RACE),,@echo "no C compiler: the tests run without the race detector")
	go test $(RACE) -timeout=30m $$(go list ./... | grep -v /app/e2e)
	$(if $(RACE),go test -run '^TestTheLargestRoomReachesAClient$$' ./server/transport)

# The tests run in a small environment, since a program in the browser has only 8 KB for
# it.
.PHONY: components
components: chromium $(TOOLS)/wasmbrowsertest
	$(WASM) go test -timeout=30m -exec="env -i HOME=$$HOME PATH=$$PATH WASM_HEADLESS=on $(CURDIR)/$(TOOLS)/wasmbrowsertest" ./app/ui/... ./shared/...

.PHONY: browser
browser: chromium python jquery build
	ROLLCALL_BIN=$(CURDIR)/$(BIN) go test -count=1 -timeout=60m -parallel=3 -skip '^TestEngines$$' ./app/e2e

.PHONY: browsers
browsers: chromium engines build ## go through a room in Chromium, Firefox and WebKit, and print their versions
	ROLLCALL_BIN=$(CURDIR)/$(BIN) go test -count=1 -timeout=60m -v -run '^TestEngines$$' ./app/e2e

# The tests look for it in the same places, and start it themselves.
.PHONY: postgresql
postgresql:
	@if command -v initdb >/dev/null || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1; then \
		exit 0; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends postgresql; \
	else \
		echo "The tests need PostgreSQL (on Debian: apt-get install postgresql)." >&2; \
		exit 1; \
	fi

# The tests look for a browser by the same names.
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

# A test runs the examples in docs/api.md.
.PHONY: curl
curl:
	@command -v curl >/dev/null && exit 0; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends curl; \
	else \
		echo "The tests need curl (on Debian: apt-get install curl)." >&2; \
		exit 1; \
	fi

# A test runs the receiver in JavaScript of docs/integrate.md.
.PHONY: node
node:
	@command -v node >/dev/null && exit 0; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends nodejs; \
	else \
		echo "The tests need Node.js (on Debian: apt-get install nodejs)." >&2; \
		exit 1; \
	fi

# A test runs the program in Python of docs/clients.md, with the same Python.
.PHONY: python
python:
	@for name in python3 /usr/bin/python3; do $$name -c 'import websockets' 2>/dev/null && exit 0; done; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends python3-websockets; \
	else \
		echo "The tests need Python with websockets (on Debian: apt-get install python3-websockets)." >&2; \
		exit 1; \
	fi

# A test runs the page of docs/sketch, with the jQuery that it loads.
.PHONY: jquery
jquery:
	@if [ -e /usr/share/javascript/jquery/jquery.min.js ]; then \
		exit 0; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends libjs-jquery; \
	else \
		echo "The tests need jQuery (on Debian: apt-get install libjs-jquery)." >&2; \
		exit 1; \
	fi

# The other engines that make browsers drives.
.PHONY: engines
engines:
	@if { command -v firefox-esr || command -v firefox; } >/dev/null && command -v WebKitWebDriver >/dev/null && command -v Xvfb >/dev/null; then \
		exit 0; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends firefox-esr webkit2gtk-driver xvfb; \
	else \
		echo "This needs Firefox, WebKitWebDriver and Xvfb (on Debian: apt-get install firefox-esr webkit2gtk-driver xvfb)." >&2; \
		exit 1; \
	fi

.PHONY: lint
lint: vet $(TOOLS)/staticcheck ## gofmt, go vet and staticcheck, for the server and for the browser; the licences of all that is in them; webhooks' signatures, by another's library
	@unformatted=$$(gofmt -l $$(git ls-files --cached --others --exclude-standard '*.go')) || exit; \
	if [ -n "$$unformatted" ]; then echo "not as gofmt would have it:"; echo "$$unformatted"; exit 1; fi
	$(TOOLS)/staticcheck ./...
	$(WASM) $(TOOLS)/staticcheck $(WASM_PACKAGES)
	go -C bench vet ./...
	go -C bench test ./hooks
	go run ./server/release -licences

# Scans by package, since commands are called by reflection, which a call graph does not
# show. Exit code 3 means that something was found. A scan that can't reach the database
# has checked nothing, which is a failure.
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
	check $(TOOLS)/govulncheck -scan=package -db=$(GOVULNDB) ./server/cmd/rollcall; \
	check env $(WASM) $(TOOLS)/govulncheck -scan=package -db=$(GOVULNDB) ./app

# At the end of its time go test may say "context deadline exceeded", and fail, though it has
# found nothing (golang/go#75804, until Go 1.27). Such a target is tried again.
.PHONY: fuzz
fuzz: ## run every fuzz target for FUZZTIME (30s)
	@mkdir -p .cache; found=0; \
	fuzz() { \
		for try in 1 2 3; do \
			{ go test -run '^$$' -fuzzminimizetime 20x -fuzz "^$$2\$$" -fuzztime $(FUZZTIME) $$1; echo $$? > .cache/fuzz.rc; } 2>&1 | tee .cache/fuzz.log; \
			[ "$$(cat .cache/fuzz.rc)" = 0 ] && return; \
			grep -q '^ *context deadline exceeded$$' .cache/fuzz.log && ! grep -q 'Failing input' .cache/fuzz.log || return 1; \
			echo "the time was over before a worker was: again"; \
		done; \
		return 1; \
	}; \
	for package in $$(go list ./...); do \
		listed=$$(go test -list '^Fuzz' $$package) || { echo "$$listed"; exit 1; }; \
		for target in $$(echo "$$listed" | grep '^Fuzz'); do \
			found=1; echo "$$package $$target"; \
			fuzz $$package $$target || exit 1; \
		done; \
	done; \
	[ $$found = 1 ] || { echo "no fuzz target found" >&2; exit 1; }

.PHONY: soak
soak: ## play random schedules on hub, clients and nodes for SOAKTIME (until stopped); prints the seed of what it finds
	go test ./server/model -v -count=1 -timeout=0 -run '^Test(Mesh)?Schedules$$' -soak=$(SOAKTIME)

.PHONY: kills
kills: postgresql ## kill -9 a server that takes attendance, 200 times for each database, and look at what is left
	go test ./server/attendance -v -count=1 -timeout=60m -run '^TestKilledServers$$' -kills=200

.PHONY: mutants
mutants: ## plant each known bug in a copy and demand that those schedules find it
	go run ./server/model/mutants

.PHONY: bench
bench: build ## measure against the peers and the floor (bench/ is a module of its own)
	@test -f bench/go.mod || { echo "bench/ is missing" >&2; exit 1; }
	cd bench && go run . compare

.PHONY: detect
detect: build ## measure how soon it is noticed who is gone (root, nft); writes docs/detection.md
	cd bench && go run . detect

.PHONY: audit
audit: chromium build ## look at the page with axe and Lighthouse, and at the scripts for other pages with React and TypeScript (Node); write docs/audit.md; fails where a target is missed
	cd bench/audit && npm ci
	ROLLCALL_BIN=$(CURDIR)/$(BIN) go test -count=1 -timeout=20m -v -run '^TestEveryStateIsAccessible$$' ./app/e2e -axe $(CURDIR)/bench/audit/node_modules/axe-core/axe.min.js -large 10000
	go vet -tags=audit ./app/e2e
	ROLLCALL_BIN=$(CURDIR)/$(BIN) go test -tags=audit -count=1 -v -run '^TestReact$$|^TestTypes$$' ./app/e2e -modules $(CURDIR)/bench/audit/node_modules
	cd bench && go run . audit

.PHONY: cluster
cluster: build ## start three nodes that share rooms, with a balancer before them: http://localhost:8000
	cd bench && go run . cluster

.PHONY: faults
faults: build ## kill, freeze, cut off and restart real nodes with 3,000 people on them (root, nft); about 4 minutes
	cd bench && go run . faults

.PHONY: acme
acme: $(TOOLS)/pebble ## get a certificate from an authority on this machine (pebble), over ACME
	go vet -tags=acme ./server/cmd/rollcall
	go test -tags=acme -count=1 -run '^TestACME$$' ./server/cmd/rollcall

.PHONY: deployed
deployed: build ## put nginx, Caddy and systemd around the program (as root), as docs/deploy has them, and go through them
	@for name in nginx caddy systemctl; do \
		command -v $$name >/dev/null || { echo "This needs $$name (on Debian: apt-get install nginx caddy systemd)." >&2; exit 1; }; \
	done
	go vet -tags=deploy ./server/cmd/rollcall
	ROLLCALL_BIN=$(CURDIR)/$(BIN) go test -tags=deploy -count=1 -v -run '^TestBehind|^TestUnder' ./server/cmd/rollcall

# Both servers are this build; -rounds N sets the number of handovers.
.PHONY: handover
handover: build ## measure how 3,000 people move to a server that takes over, and whether anybody sees it
	cd bench && go run . handover

.PHONY: release
release: ## build the last commit for every platform, twice, and leave it with sums and a list of what is in it: bin/release; with MODULE=github.com/you/rollcall VERSION=v0.1.0 also as a module proxy: bin/release/proxy
	go run ./server/release
	$(if $(MODULE),go run ./server/release/module -path '$(MODULE)' -version '$(or $(VERSION),$(error VERSION is missing))' -o bin/release/proxy)

.PHONY: module
module: ## leave this tree as the module MODULE=github.com/you/rollcall in bin/module, or DIR
	@rm -rf bin/module
	go run ./server/release/module -path '$(MODULE)' -o '$(or $(DIR),bin/module)'

# Builds the page under another path, and two programs that import it.
.PHONY: published
published: chromium ## publish this tree to a directory, import it from another module, and look at the page that it serves
	go vet -tags=publish ./server/release/module
	go test -tags=publish -count=1 -v -run '^TestPublished$$' ./server/release/module

.PHONY: abuse
abuse: build ## attack a server in every way known while 1,000 honest clients use it, and print what came of it
	cd bench && go run . abuse

.PHONY: dev
dev: ## serve on http://localhost:8000; rebuild, restart and reload when a file changes
	go tool $(PINNED) wgo -file '.go$$' -file '.css$$' -file '.html$$' -file '.svg$$' -file 'worker.js$$' -file 'start.js$$' -file 'rehearse.js$$' -file 'embed/.*[.][jt]s$$' -file 'socket.io.js$$' \
		-xfile '_test.go$$' -xdir '^(bench|bin|docs|web/dist)$$' \
		go run ./web/build -dev :: go build -buildvcs=false -o bin/rollcall-dev ./server/cmd/rollcall :: bin/rollcall-dev serve

# All pictures go to .cache; those of the documents are copied to docs/pictures.
SHOTS := room-desktop-light room-desktop-dark room-phone-light room-phone-dark edit-phone-light invite-phone-dark rtl-phone-light \
	knock-phone-light knock-heard-phone-light

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
