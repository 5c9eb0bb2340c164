package main

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"strings"
	"time"

	"rollcall/server"
	"rollcall/server/cluster"
)

// mesh is the other nodes that rooms are shared with, if any.
type mesh struct {
	NATS            []string `name:"nats" placeholder:"URL" help:"Share rooms with the other servers that use these NATS servers, as in 'nats://host:4222'. May be repeated. One with a password is taken from the configuration file only."`
	NATSCredentials string   `name:"nats-credentials" placeholder:"FILE" help:"Credentials for NATS: a user's JWT and seed."`
	NATSCA          string   `name:"nats-ca" placeholder:"FILE" help:"Certificates (PEM) by which NATS servers are known; asks for TLS."`
	NATSCert        string   `name:"nats-cert" placeholder:"FILE" help:"Certificate (PEM) that this server shows to NATS."`
	NATSKey         string   `name:"nats-key" placeholder:"FILE" help:"Key (PEM) of --nats-cert."`

	Cluster           string   `placeholder:"HOST:PORT" help:"Share rooms without NATS servers of your own, by one inside the program: listen here for other servers. Keep it in a private network, it is not encrypted."`
	Join              []string `placeholder:"HOST:PORT" help:"With --cluster: where another server listens; one is enough. May be repeated."`
	ClusterSecretFile string   `placeholder:"FILE" help:"With --cluster: a file with the secret that all of them share, 16 bytes or more."`

	ClusterName string `default:"rollcall" placeholder:"NAME" help:"Servers of another name share nothing with this one, though they use the same NATS servers. (${default})"`
}

func (m *mesh) check() error {
	if len(m.NATS) > 0 && m.Cluster != "" {
		return errors.New("--nats and --cluster exclude each other")
	}
	if (m.NATSCert == "") != (m.NATSKey == "") {
		return errors.New("--nats-cert and --nats-key need each other")
	}
	if len(m.NATS) == 0 && m.NATSCredentials+m.NATSCA+m.NATSCert != "" {
		return errors.New("--nats-credentials, --nats-ca and --nats-cert need --nats")
	}
	if m.Cluster == "" && (len(m.Join) > 0 || m.ClusterSecretFile != "") {
		return errors.New("--join and --cluster-secret-file need --cluster")
	}
	if m.Cluster != "" && m.ClusterSecretFile == "" {
		return errors.New("--cluster needs --cluster-secret-file")
	}
	if strings.ContainsAny(m.ClusterName, ".*> \t\r\n") || m.ClusterName == "" {
		return fmt.Errorf("--cluster-name: %q can't be part of a NATS subject", m.ClusterName)
	}
	for flag, addresses := range map[string][]string{"cluster": {m.Cluster}, "join": m.Join} {
		for _, a := range addresses {
			if _, _, err := net.SplitHostPort(a); a != "" && err != nil {
				return fmt.Errorf("--%s: %q is not HOST:PORT: %w", flag, a, err)
			}
		}
	}
	return nil
}

// clustered reports whether rooms are shared with other servers.
func (m *mesh) clustered() bool { return len(m.NATS) > 0 || m.Cluster != "" }

// nodeName is what people read of this server among others: the name of the machine.
func nodeName() string {
	name, _ := os.Hostname()
	return name
}

// others is this node among the others, with what carries their messages; nil
// for a server alone.
type others struct {
	cluster  *cluster.Cluster
	embedded *cluster.Embedded
}

// among makes this node, which is alone until it joins.
func (m *mesh) among(grace time.Duration, version string, log *slog.Logger) *others {
	if !m.clustered() {
		return nil
	}
	return &others{cluster: cluster.New(cluster.Config{Name: nodeName(), Version: version, Grace: grace, Log: log})}
}

// secret is what the nodes of a cluster share.
func (m *mesh) secret() (string, error) {
	text, err := readFile(m.ClusterSecretFile)
	if err != nil {
		return "", err
	}
	secret := strings.TrimSpace(string(text))
	if len(secret) < cluster.MinSecret {
		return "", fmt.Errorf("the secret in %s has fewer than %d bytes", m.ClusterSecretFile, cluster.MinSecret)
	}
	return secret, nil
}

// join joins the other nodes.
func (o *others) join(m *mesh, rooms *server.Server, log *slog.Logger) error {
	if o == nil {
		return nil
	}
	if m.Cluster != "" {
		secret, err := m.secret()
		if err != nil {
			return about("cluster-secret-file", err)
		}
		o.embedded, err = cluster.StartEmbedded(cluster.EmbeddedConfig{
			Listen: m.Cluster, Join: m.Join, Secret: secret, Name: m.ClusterName, Log: log,
		})
		if err != nil {
			return err
		}
		log.Info("other servers reach this one", "at", o.embedded.Address())
	}
	transport, err := o.cluster.Dial(cluster.NATS{
		URLs: m.NATS, Name: m.ClusterName, Credentials: m.NATSCredentials,
		CA: m.NATSCA, Cert: m.NATSCert, Key: m.NATSKey, Embedded: o.embedded,
	})
	if err != nil {
		o.leave(0)
		return err
	}
	o.cluster.Start(rooms.Hub(), transport)
	return nil
}

// returnWithin is how long the other nodes show the members of this one after
// it has stopped, so that its clients come back unseen: longer than they wait
// before they try, and the join takes.
const returnWithin = 10 * time.Second

// leave says goodbye to the other nodes.
func (o *others) leave(hold time.Duration) {
	if o == nil {
		return
	}
	o.cluster.Close(hold)
	if o.embedded != nil {
		o.embedded.Close()
	}
}
