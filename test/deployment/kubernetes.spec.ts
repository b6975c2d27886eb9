import { resolve } from 'node:path';
import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { AppModule } from '../../sample-app/src/app.module.js';
import type { RedisServer } from '../support/redis/redis-server.js';
import { composedService } from './compose.js';
import { startService, VARIABLES } from './composed-server.js';
import { envProduction, KIT, kitText, kitYaml } from './kit.js';

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
}

interface Container {
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly startupProbe: Probe;
  readonly livenessProbe: Probe;
  readonly readinessProbe: Probe;
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
}

interface PodSpec {
  readonly containers: readonly [Container];
  readonly volumes: readonly { readonly name: string; readonly configMap: { name: string } }[];
}

interface Manifest {
  readonly kind: string;
  readonly spec: {
    readonly selector?: unknown;
    readonly template?: { readonly metadata: { readonly labels: unknown }; readonly spec: PodSpec };
  };
}

interface Kustomization {
  readonly resources: readonly string[];
  readonly configMapGenerator: readonly { readonly name: string; readonly files: string[] }[];
}

const [kustomization] = kitYaml('kustomization.yaml') as readonly [Kustomization];
const manifests = kustomization.resources.flatMap((file) => kitYaml(file) as readonly Manifest[]);
const deployment = manifests.find(({ kind }) => kind === 'Deployment')!;
const pod = deployment.spec.template!;
const [container] = pod.spec.containers;

describe('the manifests', () => {
  it('are a deployment with its service, its budget and its network', () => {
    const kinds = manifests.map(({ kind }) => kind);
    expect(kinds).toEqual(['Deployment', 'Service', 'PodDisruptionBudget', 'NetworkPolicy']);
  });

  it('select the pods that the deployment makes', () => {
    const { labels } = pod.metadata;
    expect(deployment.spec.selector).toEqual({ matchLabels: labels });
    expect(manifests[1]!.spec.selector).toEqual(labels);
    expect(manifests[2]!.spec.selector).toEqual({ matchLabels: labels });
  });

  it('mount the configuration that is generated, where the app looks for it', () => {
    const [generated] = kustomization.configMapGenerator;
    expect(pod.spec.volumes[0]!.configMap.name).toBe(generated!.name);
    const [target = '', source = ''] = generated!.files[0]!.split('=');
    expect(kitText(source)).toContain('[limiters.login_ip]');
    const path = container.env.find(({ name }) => name === 'RATE_SYNC_CONFIG')?.value;
    expect(path).toBe(`${container.volumeMounts[0]!.mountPath}/${target}`);
  });

  it('set variables that .env.production has', () => {
    const names = container.env.map(({ name }) => name);
    expect([...envProduction().keys()]).toEqual(expect.arrayContaining(names));
  });

  it('ask on the port of the image', () => {
    const probes = [container.startupProbe, container.livenessProbe, container.readinessProbe];
    expect(probes.map(({ httpGet }) => httpGet.port)).toEqual(['http', 'http', 'http']);
    const [port] = container.ports;
    expect(port).toMatchObject({ name: 'http' });
    expect(kitText('Dockerfile')).toContain(`EXPOSE ${String(port!.containerPort)}\n`);
  });
});

describe('the probes, asked of the sample app', () => {
  let redis: RedisServer;
  let app: INestApplication;
  let url: string;
  beforeAll(async () => {
    redis = await startService('one-server.yml', 'redis');
    vi.stubEnv('RATE_SYNC_CONFIG', resolve(KIT, 'rate-sync.production.toml'));
    vi.stubEnv('REDIS_URL', `redis://127.0.0.1:${String(redis.port)}/0`);
    vi.stubEnv('REDIS_PASSWORD', VARIABLES.REDIS_PASSWORD);
    app = await NestFactory.create(AppModule, { logger: false });
    await app.listen(0, '127.0.0.1');
    url = await app.getUrl();
  });
  afterAll(async () => {
    await app.close();
    await redis.stop();
    vi.unstubAllEnvs();
  });

  const status = async (path: string): Promise<number> => (await fetch(url + path)).status;
  const probe = ({ httpGet }: Probe): Promise<number> => status(httpGet.path);
  const PATIENCE = { timeout: 15_000, interval: 100 };

  it('are all answered with 200', async () => {
    expect(await probe(container.startupProbe)).toBe(200);
    expect(await probe(container.livenessProbe)).toBe(200);
    expect(await probe(container.readinessProbe)).toBe(200);
  });

  it('are on a route that the image looks at as well', () => {
    const { path } = container.livenessProbe.httpGet;
    expect(kitText('Dockerfile')).toContain(`PORT}${path}`);
    expect(composedService('one-server.yml', 'app', VARIABLES)).not.toHaveProperty('healthcheck');
  });

  it('leave the process alive without Redis, and ready again with it', async () => {
    await redis.kill();
    await expect.poll(() => probe(container.readinessProbe), PATIENCE).toBe(503);
    expect(await probe(container.livenessProbe)).toBe(200);
    expect(await status('/public')).toBe(200);
    await redis.restart({ keepData: true });
    await expect.poll(() => probe(container.readinessProbe), PATIENCE).toBe(200);
    expect(await status('/public')).toBe(200);
  });
});
