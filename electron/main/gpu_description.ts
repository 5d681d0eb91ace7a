/** What Electron knows of the graphics devices, in the contract's words. Its own form differs by system and has no types. */
import * as v from 'valibot';
import type { GpuDescription } from '../shared/ipc_contract.ts';

const Device = v.object({
  active: v.optional(v.boolean(), false),
  vendorId: v.optional(v.number(), 0),
  deviceId: v.optional(v.number(), 0),
  vendorString: v.optional(v.string(), ''),
  deviceString: v.optional(v.string(), ''),
  driverVendor: v.optional(v.string(), ''),
  driverVersion: v.optional(v.string(), ''),
});
const Info = v.object({
  gpuDevice: v.optional(v.array(Device), []),
  auxAttributes: v.optional(v.object({ glRenderer: v.optional(v.string(), '') }), { glRenderer: '' }),
});

const VENDORS: Readonly<Record<number, string>> = {
  4098: 'AMD',
  4318: 'NVIDIA',
  32902: 'Intel',
  4203: 'Apple',
  6880: 'Google (on the processor)',
  5045: 'Arm',
  20803: 'Qualcomm',
  5140: 'Microsoft',
};

const hex = (id: number) => id.toString(16).padStart(4, '0');

/** @param info as of app.getGPUInfo; anything else describes no device */
export function describeGpu(info: unknown, features: Readonly<Record<string, string>>): GpuDescription {
  const read = v.safeParse(Info, info);
  const { gpuDevice, auxAttributes } = read.success
    ? read.output
    : { gpuDevice: [], auxAttributes: undefined };
  const devices = gpuDevice.map(each => ({
    name:
      [each.vendorString || VENDORS[each.vendorId], each.deviceString].filter(Boolean).join(' ') || 'unknown',
    ids: `${hex(each.vendorId)}:${hex(each.deviceId)}`,
    driver: [each.driverVendor, each.driverVersion].filter(Boolean).join(' '),
    active: each.active,
  }));
  return {
    devices: [...devices.filter(each => each.active), ...devices.filter(each => !each.active)],
    renderer: auxAttributes?.glRenderer ?? '',
    features: { ...features },
  };
}
