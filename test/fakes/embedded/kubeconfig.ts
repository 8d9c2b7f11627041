// A kubeconfig as JSON text, which every kubeconfig reader takes (JSON is YAML).

/** One cluster, one context, one user; without a token the user is empty. */
export function kubeconfigText(url: string, token: string | undefined): string {
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'embedded', cluster: { server: url } }],
    users: [{ name: 'embedded', user: token === undefined ? {} : { token } }],
    contexts: [
      { name: 'embedded', context: { cluster: 'embedded', user: 'embedded', namespace: 'default' } },
    ],
    'current-context': 'embedded',
  };
  return `${JSON.stringify(config, undefined, 2)}\n`;
}
