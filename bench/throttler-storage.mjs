/*
 * The Redis storage of @nestjs/throttler. It does not declare Nest 12, so that the package beside
 * these files installs it by itself: `npm ci --prefix bench`. Null when that was not done.
 */
export const ThrottlerRedisStorage = await import('@nest-lab/throttler-storage-redis').then(
  ({ ThrottlerStorageRedisService }) => ThrottlerStorageRedisService,
  () => null,
);

/** Leaves out what needs the storage when it is missing, and says so. */
export function withStorage(entries) {
  if (ThrottlerRedisStorage !== null) return entries;
  const left = entries.filter(({ needsStorage }) => !needsStorage);
  const count = entries.length - left.length;
  console.log(
    `Left out: ${count} with @nestjs/throttler on Redis; npm ci --prefix bench adds them.`,
  );
  return left;
}
