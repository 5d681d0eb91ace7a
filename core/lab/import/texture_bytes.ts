/**
 * How many bytes a WebGPU texture needs at least: blocks of its format, mip levels, layers, samples.
 *
 * Source   WebGPU, "Texture Format Capabilities"; drivers add alignment and compression data, which nobody outside sees
 */
import type { Bytes } from '../../base/units.ts';

export interface TextureShape {
  readonly width: number;
  readonly height: number;
  /** Layers, or depth of a 3d texture. */
  readonly layers: number;
  readonly format: string;
  readonly mips: number;
  readonly samples: number;
  readonly is3d: boolean;
}

interface Block {
  readonly bytes: number;
  readonly width: number;
  readonly height: number;
}

const SIZES: Readonly<Record<string, number>> = {
  rgb10a2unorm: 4,
  rgb10a2uint: 4,
  rg11b10ufloat: 4,
  rgb9e5ufloat: 4,
  stencil8: 1,
  depth16unorm: 2,
  depth24plus: 4,
  'depth24plus-stencil8': 4,
  depth32float: 4,
  'depth32float-stencil8': 8,
};

/** The block of a format; null for one that is not known. */
export function formatBlock(format: string): Block | null {
  const known = SIZES[format];
  if (known !== undefined) return { bytes: known, width: 1, height: 1 };
  const plain = /^(r|rg|rgba|bgra)(8|16|32)(?:unorm|snorm|uint|sint|float)(?:-srgb)?$/.exec(format);
  if (plain) return { bytes: (plain[1]!.length * Number(plain[2])) / 8, width: 1, height: 1 };
  const bc = /^bc([1-7])-/.exec(format);
  if (bc) return { bytes: bc[1] === '1' || bc[1] === '4' ? 8 : 16, width: 4, height: 4 };
  if (/^etc2-rgb8(?:a1)?unorm/.test(format) || format.startsWith('eac-r11'))
    return { bytes: 8, width: 4, height: 4 };
  if (/^etc2-rgba8unorm/.test(format) || format.startsWith('eac-rg11'))
    return { bytes: 16, width: 4, height: 4 };
  const astc = /^astc-(\d{1,2})x(\d{1,2})-/.exec(format);
  if (astc) return { bytes: 16, width: Number(astc[1]), height: Number(astc[2]) };
  return null;
}

/** Bytes of all levels; a format that is not known counts four bytes a texel. */
export function textureBytes({ width, height, layers, format, mips, samples, is3d }: TextureShape): Bytes {
  const block = formatBlock(format) ?? { bytes: 4, width: 1, height: 1 };
  let total = 0;
  for (let level = 0; level < mips; level++) {
    const across = Math.ceil(Math.max(1, width >> level) / block.width);
    const down = Math.ceil(Math.max(1, height >> level) / block.height);
    const deep = is3d ? Math.max(1, layers >> level) : layers;
    total += across * down * deep * block.bytes * samples;
  }
  return total;
}
