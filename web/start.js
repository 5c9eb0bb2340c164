// Begins to fetch and compile the program when the page has painted: earlier, both would
// take line and processor from what people came to see. A page that is not seen does not
// paint; it waits a second. A preload would be kept whole in the page's own thread, and
// compiled only after its last byte. app.js waits for what is begun here, or begins it.
{
  const { program } = document.currentScript.dataset;
  const painted = new Promise((done) => {
    requestAnimationFrame(() => setTimeout(done));
    setTimeout(done, 1000);
  });
  globalThis.rollcallProgram ??= painted.then(() => WebAssembly.compileStreaming(fetch(program)));
  globalThis.rollcallProgram.catch(() => {}); // app.js tells of it
}
