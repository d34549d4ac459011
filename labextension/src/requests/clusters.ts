/** The clusters of clusters.toml. */
import type { IClusterReport, IService } from '../store/types';
import { request, type Settings } from './request';

/** The clusters that contracts of a folder can name. */
export const clustersOf = (
  settings: Settings,
  folder: string
): Promise<{ clusters: { name: string; kind: string; ok: boolean }[] }> =>
  request(settings, 'clusters', { query: { folder } });

/** The clusters that this user started. */
export function startedClusters(settings: Settings): Promise<{ clusters: IService[] }> {
  return request(settings, 'startedClusters');
}

export interface IClusterName {
  folder: string;
  name: string;
}

/** Look at each host or worker of a cluster; takes minutes at most. */
export function checkCluster(settings: Settings, cluster: IClusterName): Promise<IClusterReport> {
  return request(settings, 'checkCluster', { body: cluster });
}

export function startCluster(settings: Settings, cluster: IClusterName): Promise<IService> {
  return request(settings, 'startCluster', { body: cluster });
}

export function stopCluster(
  settings: Settings,
  cluster: IClusterName
): Promise<{ stopped: boolean }> {
  return request(settings, 'stopCluster', { body: cluster });
}
