module rollcall

go 1.26

require (
	github.com/andybalholm/brotli v1.2.8 // indirect
	github.com/coder/websocket v1.8.15 // indirect
	github.com/maxence-charriere/go-app/v10 v10.1.11 // indirect
)
