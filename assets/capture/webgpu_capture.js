/**
 * Takes down which memory a WebGPU page uses. Paste it into the console of any page (or load it first), use the page, then call
 *
 *   gartCapture.save()      a file to download, webgpu-capture.jsonl
 *   gartCapture.text()      the same as a text, for copy(gartCapture.text())
 *   gartCapture.stop()      leave the page as it was
 *
 * and give the file to the lab: npm run lab -- import webgpu-capture.jsonl --budget 64M --out page.gartlab
 *
 * Wraps    createBuffer, createTexture, destroy, mapAsync, unmap, writeBuffer, writeTexture, copyExternalImageToTexture, submit; and, to
 *          know what a submit uses, bind groups, views, render and compute passes, bundles, copies, the textures of canvases
 * Not seen what shaders read through nothing of these; external textures (video); memory of the implementation: pipelines, query
 *          sets, staging, alignment; contents; other workers and frames
 * Privacy  the file holds sizes, formats, labels, the page's title and address without its query. No pixels, no contents
 * Licence  MIT, as GART Lab
 */
(() => {
  'use strict';
  if (globalThis.gartCapture) {
    console.info('[gart-lab] the capture is running already: gartCapture.save()');
    return;
  }
  if (typeof GPUDevice === 'undefined') {
    console.warn('[gart-lab] this page has no WebGPU: open it over https, in a browser that has it');
    return;
  }

  /** Lines kept; a page that runs for hours stops here, and the trace says so. */
  const MAX_LINES = 1_000_000;
  const started = performance.now();
  const lines = [];
  const originals = [];
  const ids = new WeakMap();
  /** Encoder, pass or bundle encoder to the set of ids it uses; command buffer, bundle or bind group to what was taken over. */
  const usesOf = new WeakMap();
  const textureOfView = new WeakMap();
  const canvasIds = new WeakMap();
  const mappedAtCreation = new WeakSet();
  const destroyed = new WeakSet();
  let nextId = 1;
  let isCut = false;

  const add = line => {
    if (lines.length < MAX_LINES) lines.push(JSON.stringify({ t: Math.round((performance.now() - started) * 1000), ...line }));
    else if (!isCut) {
      isCut = true;
      lines.push(JSON.stringify({ e: 'say', text: `The trace was cut after ${MAX_LINES} lines.` }));
    }
  };
  const collected = new FinalizationRegistry(id => add({ e: 'collected', id }));

  const describeTexture = texture => ({
    width: texture.width,
    height: texture.height,
    layers: texture.depthOrArrayLayers,
    format: texture.format,
    mips: texture.mipLevelCount,
    samples: texture.sampleCount,
    dimension: texture.dimension,
    usage: texture.usage,
    ...(texture.label && { label: texture.label }),
  });

  /** The number of a buffer or texture; one that existed before the capture is taken down when it is first seen. */
  const idOf = object => {
    const known = ids.get(object);
    if (known !== undefined) return known;
    const id = nextId++;
    ids.set(object, id);
    collected.register(object, id);
    if (object instanceof GPUBuffer)
      add({ e: 'buffer', id, size: object.size, usage: object.usage, ...(object.label && { label: object.label }) });
    else add({ e: 'texture', id, ...describeTexture(object) });
    return id;
  };

  /** Textures of a canvas change with every frame, but they are one picture in memory as long as the size stays. */
  const canvasTexture = (context, texture) => {
    const shape = `${texture.width}x${texture.height} ${texture.format}`;
    const known = canvasIds.get(context);
    if (known && known.shape === shape) {
      ids.set(texture, known.id);
      return;
    }
    if (known) add({ e: 'destroy', id: known.id });
    const id = nextId++;
    ids.set(texture, id);
    canvasIds.set(context, { id, shape });
    add({ e: 'texture', id, ...describeTexture(texture), label: texture.label || 'canvas' });
  };

  const use = (owner, object) => {
    if (!object) return;
    const set = usesOf.get(owner);
    if (set) set.add(idOf(object));
  };
  const useView = (owner, view) => {
    // Since 2025 an attachment may be a texture itself.
    if (view) use(owner, view instanceof GPUTexture ? view : textureOfView.get(view));
  };
  const takeOver = (owner, other) => {
    const from = usesOf.get(other);
    const to = usesOf.get(owner);
    if (from && to) for (const id of from) to.add(id);
  };

  /** Runs `after` behind a method; whatever the capture does wrong must not hurt the page. */
  const wrap = (type, name, after) => {
    const prototype = globalThis[type]?.prototype;
    const original = prototype?.[name];
    if (typeof original !== 'function') return;
    originals.push([prototype, name, original]);
    prototype[name] = function (...args) {
      const result = original.apply(this, args);
      try {
        after(this, args, result);
      } catch (error) {
        console.debug('[gart-lab]', name, error);
      }
      return result;
    };
  };

  wrap('GPUDevice', 'createBuffer', (_device, [{ mappedAtCreation: mapped } = {}], buffer) => {
    idOf(buffer);
    if (mapped) mappedAtCreation.add(buffer);
  });
  wrap('GPUDevice', 'createTexture', (_device, _args, texture) => idOf(texture));
  wrap('GPUTexture', 'createView', (texture, _args, view) => textureOfView.set(view, texture));
  wrap('GPUCanvasContext', 'getCurrentTexture', (context, _args, texture) => {
    if (!ids.has(texture)) canvasTexture(context, texture);
  });
  for (const type of ['GPUBuffer', 'GPUTexture']) {
    wrap(type, 'destroy', object => {
      if (destroyed.has(object)) return;
      destroyed.add(object);
      const id = idOf(object);
      collected.unregister(object);
      add({ e: 'destroy', id });
    });
  }
  wrap('GPUBuffer', 'mapAsync', (buffer, [mode, offset = 0, size]) =>
    add({ e: 'map', id: idOf(buffer), mode, offset, size: size ?? Math.max(0, buffer.size - offset) }),
  );
  wrap('GPUBuffer', 'unmap', buffer => {
    const id = idOf(buffer);
    if (mappedAtCreation.delete(buffer)) add({ e: 'write', id, offset: 0, size: buffer.size });
    else add({ e: 'unmap', id });
  });
  wrap('GPUQueue', 'writeBuffer', (_queue, [buffer, offset, data, from = 0, size]) => {
    // Offsets into typed arrays count elements, into other sources bytes.
    const unit = data.BYTES_PER_ELEMENT ?? 1;
    add({ e: 'write', id: idOf(buffer), offset, size: size === undefined ? data.byteLength - from * unit : size * unit });
  });
  wrap('GPUQueue', 'writeTexture', (_queue, [{ texture }, data]) =>
    add({ e: 'write', id: idOf(texture), offset: 0, size: data.byteLength }),
  );
  wrap('GPUQueue', 'copyExternalImageToTexture', (_queue, [_source, { texture }]) =>
    add({ e: 'write', id: idOf(texture), offset: 0 }),
  );

  wrap('GPUDevice', 'createBindGroup', (_device, [{ entries }], group) => {
    usesOf.set(group, new Set());
    for (const { resource } of entries) {
      if (resource instanceof GPUBuffer || resource instanceof GPUTexture) use(group, resource);
      else if (resource?.buffer) use(group, resource.buffer);
      else useView(group, resource);
    }
  });
  wrap('GPUDevice', 'createCommandEncoder', (_device, _args, encoder) => usesOf.set(encoder, new Set()));
  wrap('GPUDevice', 'createRenderBundleEncoder', (_device, _args, encoder) => usesOf.set(encoder, new Set()));
  wrap('GPUCommandEncoder', 'beginRenderPass', (encoder, [{ colorAttachments, depthStencilAttachment }], pass) => {
    // A pass and its encoder share one set.
    usesOf.set(pass, usesOf.get(encoder) ?? new Set());
    for (const attachment of colorAttachments) {
      useView(encoder, attachment?.view);
      useView(encoder, attachment?.resolveTarget);
    }
    useView(encoder, depthStencilAttachment?.view);
  });
  wrap('GPUCommandEncoder', 'beginComputePass', (encoder, _args, pass) =>
    usesOf.set(pass, usesOf.get(encoder) ?? new Set()),
  );
  wrap('GPUCommandEncoder', 'copyBufferToBuffer', (encoder, [source, second, third]) => {
    use(encoder, source);
    use(encoder, second instanceof GPUBuffer ? second : third);
  });
  wrap('GPUCommandEncoder', 'copyBufferToTexture', (encoder, [source, target]) => {
    use(encoder, source.buffer);
    use(encoder, target.texture);
  });
  wrap('GPUCommandEncoder', 'copyTextureToBuffer', (encoder, [source, target]) => {
    use(encoder, source.texture);
    use(encoder, target.buffer);
  });
  wrap('GPUCommandEncoder', 'copyTextureToTexture', (encoder, [source, target]) => {
    use(encoder, source.texture);
    use(encoder, target.texture);
  });
  wrap('GPUCommandEncoder', 'clearBuffer', (encoder, [buffer]) => use(encoder, buffer));
  wrap('GPUCommandEncoder', 'resolveQuerySet', (encoder, [_set, _first, _count, buffer]) => use(encoder, buffer));
  for (const type of ['GPURenderPassEncoder', 'GPUComputePassEncoder', 'GPURenderBundleEncoder']) {
    wrap(type, 'setBindGroup', (pass, [_index, group]) => group && takeOver(pass, group));
    wrap(type, 'setVertexBuffer', (pass, [_slot, buffer]) => use(pass, buffer));
    wrap(type, 'setIndexBuffer', (pass, [buffer]) => use(pass, buffer));
    wrap(type, 'drawIndirect', (pass, [buffer]) => use(pass, buffer));
    wrap(type, 'drawIndexedIndirect', (pass, [buffer]) => use(pass, buffer));
    wrap(type, 'dispatchWorkgroupsIndirect', (pass, [buffer]) => use(pass, buffer));
  }
  wrap('GPURenderBundleEncoder', 'finish', (encoder, _args, bundle) => usesOf.set(bundle, usesOf.get(encoder)));
  wrap('GPURenderPassEncoder', 'executeBundles', (pass, [bundles]) => {
    for (const bundle of bundles) takeOver(pass, bundle);
  });
  wrap('GPUCommandEncoder', 'finish', (encoder, _args, commands) => usesOf.set(commands, usesOf.get(encoder)));
  wrap('GPUQueue', 'submit', (_queue, [buffers]) => {
    const uses = new Set();
    let unknown = 0;
    for (const commands of buffers) {
      const from = usesOf.get(commands);
      if (from) for (const id of from) uses.add(id);
      else unknown++;
    }
    add({ e: 'submit', uses: [...uses] });
    if (unknown > 0) add({ e: 'say', text: `${unknown} command buffers were recorded before the capture; what they use is unknown.` });
  });
  wrap('GPUDevice', 'importExternalTexture', () =>
    add({ e: 'say', text: 'The page uses external textures (video); their memory is not seen.' }),
  );
  wrap('GPUAdapter', 'requestDevice', (adapter, _args, promise) => {
    describeAdapter(adapter);
    promise.then(
      device => {
        device.lost.then(({ reason, message }) => add({ e: 'say', text: `The device was lost (${reason}): ${message}` }));
        device.addEventListener('uncapturederror', ({ error }) =>
          add({ e: 'say', text: `${error.constructor.name}: ${error.message}` }),
        );
      },
      () => undefined,
    );
  });

  let adapterText = '';
  const describeAdapter = ({ info = {} }) => {
    adapterText = [info.vendor, info.architecture, info.device, info.description].filter(Boolean).join(' ');
  };
  const head = () =>
    JSON.stringify({
      format: 'gart-lab-webgpu-capture',
      version: 1,
      page: `${document.title || 'a page'} (${location.origin}${location.pathname})`,
      adapter: adapterText,
      userAgent: navigator.userAgent,
    });

  const text = () => `${[head(), ...lines].join('\n')}\n`;
  globalThis.gartCapture = {
    text,
    get lines() {
      return lines.length;
    },
    save(name = 'webgpu-capture.jsonl') {
      const link = document.createElement('a');
      link.href = URL.createObjectURL(new Blob([text()], { type: 'application/jsonl' }));
      link.download = name;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
      return `${lines.length} lines in ${name}`;
    },
    stop() {
      for (const [prototype, name, original] of originals) prototype[name] = original;
      delete globalThis.gartCapture;
      return text();
    },
  };
  console.info('[gart-lab] capturing; gartCapture.save() writes the trace');
})();
