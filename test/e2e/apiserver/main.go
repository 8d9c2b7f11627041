// Command apiserver is the upstream kube-apiserver of the release that go.mod names, with its etcd in the same
// process. Its flags are those of kube-apiserver; etcd keeps its data and its socket in the working directory,
// so there is no etcd port to choose.
package main

import (
	"fmt"
	"net/url"
	"os"
	_ "time/tzdata" // time zones of CronJobs

	"go.etcd.io/etcd/server/v3/embed"
	"k8s.io/component-base/cli"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
	"k8s.io/kubernetes/cmd/kube-apiserver/app"
)

var (
	socket  = url.URL{Scheme: "unix", Host: "etcd.sock"}
	anyPort = url.URL{Scheme: "http", Host: "127.0.0.1:0"}
)

func main() {
	code, err := run(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "apiserver:", err)
		code = 1
	}
	os.Exit(code)
}

func run(flags []string) (int, error) {
	etcd, err := embed.StartEtcd(etcdConfig())
	if err != nil {
		return 0, err
	}
	defer etcd.Close()
	<-etcd.Server.ReadyNotify()

	command := app.NewAPIServerCommand()
	command.SetArgs(append(flags, "--etcd-servers="+socket.String()))
	return cli.Run(command), nil
}

func etcdConfig() *embed.Config {
	config := embed.NewConfig()
	config.Dir = "etcd"
	config.UnsafeNoFsync = true
	config.LogLevel = "warn"
	config.WarningUnaryRequestDuration = embed.DefaultWarningUnaryRequestDuration
	config.ListenClientUrls = []url.URL{socket}
	config.ListenPeerUrls = []url.URL{anyPort}
	return config
}
