// Has a worker compile and rehearse the program (rehearse.js), or the page compile it where
// that fails. app.js takes what is begun here. A preload would be kept whole in the page's
// own thread, and compiled there, after its last byte.
{
  const { program, glue, rehearse } = document.currentScript.dataset;
  const elsewhere = async () => {
    const worker = new Worker(rehearse);
    const answer = new Promise((done) => {
      worker.onmessage = ({ data }) => done(data.compiled);
      worker.onmessageerror = worker.onerror = () => done(null);
    });
    worker.postMessage({ glue, program });
    const compiled = await answer;
    worker.terminate();
    return compiled;
  };
  const here = () => WebAssembly.compileStreaming(fetch(program));
  globalThis.rollcallProgram = elsewhere().then((compiled) => compiled ?? here(), here);
  globalThis.rollcallProgram.catch(() => {}); // app.js tells of it
}
