/**
 * A GPU provider whose devices fail on demand: for tests and for the planted defects that ship with the lab. The real device
 * does all the work; only the failures are made up.
 */
import type { GpuProvider } from '../ports.ts';

/** What is to go wrong; change it at any time. */
export interface FaultPlan {
  /** Number of the createBuffer() call, from now on, that runs out of memory; 0 is the next one. */
  outOfMemoryAt?: number | undefined;
  /** Number of the mapAsync() call, from now on, at which the device is lost. */
  loseAtMap?: number | undefined;
  /** Adapters to refuse from now on. */
  refuseAdapters?: number | undefined;
  /** Called before every mapAsync(); what it returns is awaited (a slow map). */
  beforeMap?: (() => Promise<void>) | undefined;
}

export class FaultyProvider implements GpuProvider {
  readonly name: string;
  readonly plan: FaultPlan = {};
  /** Devices handed out, in order. */
  readonly devices: GPUDevice[] = [];

  constructor(private readonly inner: GpuProvider) {
    this.name = `${inner.name}, failing on demand`;
  }

  async requestAdapter(): Promise<GPUAdapter | undefined> {
    const left = this.plan.refuseAdapters ?? 0;
    if (left > 0) {
      this.plan.refuseAdapters = left - 1;
      return undefined;
    }
    const adapter = await this.inner.requestAdapter();
    return adapter && bindMethods(adapter, { requestDevice: this.openDevice(adapter) });
  }

  release(): void {
    this.inner.release();
  }

  /** The newest device goes away, as a driver reset would have it. */
  loseDevice(): void {
    this.devices.at(-1)?.destroy();
  }

  private openDevice(adapter: GPUAdapter) {
    return async (descriptor?: GPUDeviceDescriptor): Promise<GPUDevice> => {
      const device = await adapter.requestDevice(descriptor);
      this.devices.push(device);
      const scopes = new ErrorScopes(device);
      return bindMethods(device, {
        createBuffer: this.makeBuffer(device, scopes),
        pushErrorScope: filter => scopes.push(filter),
        popErrorScope: () => scopes.pop(),
      });
    };
  }

  private makeBuffer(device: GPUDevice, scopes: ErrorScopes) {
    return (descriptor: GPUBufferDescriptor): GPUBuffer => {
      if (this.isDue('outOfMemoryAt')) {
        // The largest size that fits the limits is refused by nobody; this one is.
        const error = outOfMemory(descriptor);
        if (!scopes.capture('out-of-memory', error)) device.dispatchEvent(uncaptured(error));
      }
      const buffer = device.createBuffer(descriptor);
      const map = buffer.mapAsync.bind(buffer);
      buffer.mapAsync = async (mode, offset, size) => {
        await this.plan.beforeMap?.();
        if (this.isDue('loseAtMap')) device.destroy();
        return map(mode, offset, size);
      };
      return buffer;
    };
  }

  private isDue(fault: 'outOfMemoryAt' | 'loseAtMap'): boolean {
    const left = this.plan[fault];
    if (left === undefined) return false;
    this.plan[fault] = left === 0 ? undefined : left - 1;
    return left === 0;
  }
}

/** The target with some of its methods replaced; all others are bound to it, as GPU objects demand. */
function bindMethods<T extends object>(target: T, replaced: Partial<T>): T {
  return new Proxy(target, {
    get(object, key) {
      if (key in replaced) return replaced[key as keyof T];
      const value: unknown = Reflect.get(object, key, object);
      return typeof value === 'function' ? value.bind(object) : value;
    },
  });
}

/** The device's error scopes, with room for made-up errors: the innermost scope of a kind takes them. */
class ErrorScopes {
  private readonly open: { readonly filter: GPUErrorFilter; error: GPUError | null }[] = [];

  constructor(private readonly device: GPUDevice) {}

  push(filter: GPUErrorFilter): undefined {
    this.open.push({ filter, error: null });
    this.device.pushErrorScope(filter);
  }

  async pop(): Promise<GPUError | null> {
    const scope = this.open.pop();
    const real = await this.device.popErrorScope();
    return scope?.error ?? real;
  }

  /** False when no scope of this kind is open. */
  capture(filter: GPUErrorFilter, error: GPUError): boolean {
    for (let i = this.open.length - 1; i >= 0; i--) {
      const scope = this.open[i]!;
      if (scope.filter !== filter) continue;
      scope.error ??= error;
      return true;
    }
    return false;
  }
}

/** GPUOutOfMemoryError has no constructor that every implementation offers; the name is what counts. */
function outOfMemory(descriptor: GPUBufferDescriptor): GPUError {
  class GPUOutOfMemoryError {
    readonly message = `a buffer of ${descriptor.size} bytes was refused (${descriptor.label})`;
  }
  return new GPUOutOfMemoryError();
}

function uncaptured(error: GPUError): Event {
  return Object.assign(new Event('uncapturederror', { cancelable: true }), { error });
}
