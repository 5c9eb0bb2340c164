// Begins to fetch and compile the program before the page is read to its end. A preload
// would be fetched as early, but kept whole in the page's own thread, and compiled only
// after its last byte. app.js waits for what is begun here, or begins it.
globalThis.rollcallProgram ??= WebAssembly.compileStreaming(fetch(document.currentScript.dataset.program));
globalThis.rollcallProgram.catch(() => {}); // app.js tells of it
