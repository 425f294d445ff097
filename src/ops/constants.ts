import type { Device } from "../device.ts";
import type { Tensor } from "../tensor.ts";

/** Constants kept per device; beyond this the cache starts over. */
const MOST = 256;

const caches = new WeakMap<Device, Map<string, Tensor>>();

/**
 * A leaf that ops need again and again (a scalar, a triangle, a row of indices), made once per device and key, so
 * that a training loop neither makes nor uploads it every step. Callers must not change or dispose of it.
 */
export function constant(device: Device, key: string, make: () => Tensor): Tensor {
  let cache = caches.get(device);
  if (!cache) {
    cache = new Map();
    caches.set(device, cache);
  }
  const found = cache.get(key);
  if (found) return found;
  if (cache.size >= MOST) cache.clear();
  const made = make();
  cache.set(key, made);
  return made;
}
