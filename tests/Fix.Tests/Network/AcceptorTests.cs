using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Threading;
using HftEngine.Fix.Network;
using HftEngine.Fix.Session;
using NUnit.Framework;

namespace HftEngine.Fix.Tests.Network;

internal sealed class AcceptorTests
{
    [Test]
    public void A_second_logon_of_a_live_session_is_refused_and_the_first_goes_on()
    {
        using TestAcceptor acceptor = new();
        using Client first = acceptor.Connect();
        first.LogOn();
        using Client second = acceptor.Connect();
        Assert.That(second.LogOn(), Is.Null);
        first.Send("1", "112=alive|");
        Assert.That(first.Read(), Does.Contain("112=alive"));
    }

    [Test]
    public void Sessions_live_on_other_loops_than_the_one_that_accepts()
    {
        using TestAcceptor acceptor = new(sessions: 4, loops: 3);
        List<Client> clients = [.. Enumerable.Range(1, 4).Select(i => acceptor.Connect($"TW{i}"))];
        foreach (Client client in clients)
        {
            Assert.That(client.LogOn(), Does.Contain("35=A"));
            client.SendOrder("o");
            Assert.That(client.Read(), Does.Contain("35=D|34=2"));
        }

        clients.ForEach(client => client.Dispose());
    }

    [Test]
    public void A_logon_that_drips_in_byte_by_byte_is_a_logon()
    {
        using TestAcceptor acceptor = new();
        using Client client = acceptor.Connect();
        foreach (byte one in client.Build("A", "98=0|108=30|"))
        {
            client.SendBytes([one]);
        }

        Assert.That(client.Read(), Does.Contain("35=A|34=1"));
    }

    [Test]
    public void A_connection_without_a_logon_is_closed_in_time()
    {
        using TestAcceptor acceptor = new(loopOptions: new FixLoopOptions { LogonTimeoutNs = 200_000_000 });
        using Client client = acceptor.Connect();
        client.SendBytes("8=FIX.4.4"u8);
        Assert.That(client.Read(), Is.Null);
    }

    [Test]
    public void An_address_that_is_not_allowed_is_refused()
    {
        using TestAcceptor acceptor = new(
            options => options with { AllowedAddresses = [IPNetwork.Parse("10.0.0.0/8")] });
        using Client client = acceptor.Connect();
        Assert.That(client.Read(), Is.Null);
        Assert.That(acceptor.Refusals, Has.Some.Contains("not allowed"));
    }

    [Test]
    public void An_address_that_is_not_allowed_for_the_session_is_refused()
    {
        using TestAcceptor acceptor = new(
            changeSession: settings => settings with { AllowedAddresses = [IPNetwork.Parse("10.0.0.0/8")] });
        using Client client = acceptor.Connect();
        Assert.That(client.LogOn(), Is.Null);
    }

    [Test]
    public void Connections_beyond_the_rate_of_an_address_are_refused()
    {
        using TestAcceptor acceptor = new(options => options with { LogonsPerInterval = 2 });
        using Client first = acceptor.Connect("TW1");
        using Client second = acceptor.Connect("TW2");
        Assert.That(first.LogOn(), Is.Not.Null);
        Assert.That(second.LogOn(), Is.Not.Null);
        using Client third = acceptor.Connect();
        Assert.That(third.Read(), Is.Null);
    }

    [Test]
    public void A_refused_logon_says_why_and_uses_up_no_number()
    {
        using TestAcceptor acceptor = new(options => options with { Authenticator = new Passwords() });
        using (Client wrong = acceptor.Connect())
        {
            Assert.That(
                wrong.LogOn("553=me|554=wrong|"), Does.Contain("35=5").And.Contains("58=wrong password"));
            Assert.That(wrong.Read(), Is.Null);
        }

        using Client right = acceptor.Connect();
        Assert.That(right.LogOn("553=me|554=secret|"), Does.Contain("35=A|34=1|"));
    }

    [Test]
    public void A_client_that_does_not_read_is_disconnected_and_may_come_back()
    {
        using TestAcceptor acceptor = new(loopOptions: new FixLoopOptions { OutboundBytes = 262_144 });
        using Client client = acceptor.Connect();
        client.LogOn();
        try
        {
            for (int i = 0; i < 200_000 && acceptor.Sessions[0].State == SessionState.LoggedOn; i++)
            {
                client.SendOrder($"order number {i} with a long name to fill the buffers");
            }
        }
        catch (System.IO.IOException)
        {
            // That is what it feels like to be disconnected.
        }

        Assert.That(
            () => acceptor.Sessions[0].State, Is.EqualTo(SessionState.Disconnected).After(10_000, 20));
        using Client again = acceptor.Connect();
        again.Number = (int)acceptor.Sessions[0].Store.NextInbound;
        Assert.That(again.LogOn(), Does.Contain("35=A"));
    }

    [Test]
    public void A_throttle_that_delays_holds_the_client_back_and_loses_nothing()
    {
        using TestAcceptor acceptor = new(
            changeSession: s => s with { Throttle = new Throttle(10, 500_000_000, ThrottleAction.Delay) });
        using Client client = acceptor.Connect();
        client.LogOn();
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < 25; i++)
        {
            client.SendOrder($"o{i}");
        }

        for (int i = 0; i < 25; i++)
        {
            Assert.That(client.Read(), Does.Contain($"11=o{i}|"));
        }

        Assert.That(Stopwatch.GetElapsedTime(start).TotalMilliseconds, Is.GreaterThan(600));
    }

    [Test]
    public void An_orderly_stop_logs_everybody_out()
    {
        using TestAcceptor acceptor = new();
        using Client client = acceptor.Connect();
        client.LogOn();
        Thread stop = new(() => acceptor.Loop.LogoutAll("the venue closes", TimeSpan.FromSeconds(5)));
        stop.Start();
        Assert.That(client.Read(), Does.Contain("35=5").And.Contains("58=the venue closes"));
        client.Send("5");
        Assert.That(client.Read(), Is.Null);
        stop.Join();
        Assert.That(acceptor.Sessions[0].State, Is.EqualTo(SessionState.Disconnected));
    }

    [TestCase(false)]
    [TestCase(true)]
    public void Sessions_come_by_TLS_with_or_without_a_client_certificate(bool withCertificate)
    {
        using X509Certificate2 server = Certificate("CN=localhost");
        using X509Certificate2 known = Certificate("CN=client one");
        Passwords authenticator = new();
        using TestAcceptor acceptor = new(options => options with
        {
            Authenticator = authenticator,
            Tls = new FixTlsOptions
            {
                Certificate = server,
                ClientAuthorities = withCertificate ? [known] : null,
            },
        });
        using SslStream secure = Secure(acceptor.Open(), withCertificate ? known : null);
        using Client client = new(secure, "TW1");
        Assert.That(client.LogOn("553=me|554=secret|"), Does.Contain("35=A"));
        client.SendOrder("o");
        Assert.That(client.Read(), Does.Contain("11=o"));
        client.Send("5");
        Assert.That(client.Read(), Does.Contain("35=5"));
        Assert.That(client.Read(), Is.Null);
        Assert.That(authenticator.Last!.Origin.CertificateSubject, Is.EqualTo(
            withCertificate ? "CN=client one" : null));
    }

    [Test]
    public void A_client_without_the_certificate_that_is_asked_for_gets_nowhere()
    {
        using X509Certificate2 server = Certificate("CN=localhost");
        using X509Certificate2 known = Certificate("CN=client one");
        using X509Certificate2 stranger = Certificate("CN=client two");
        using TestAcceptor acceptor = new(options => options with
        {
            Tls = new FixTlsOptions { Certificate = server, ClientAuthorities = [known] },
        });
        foreach (X509Certificate2? offered in new[] { null, stranger })
        {
            Assert.That(Answer(offered), Is.Null);
        }

        // TLS 1.3 refuses the certificate after the client believes that it is through.
        string? Answer(X509Certificate2? offered)
        {
            try
            {
                using Client client = new(Secure(acceptor.Open(), offered), "TW1");
                return client.LogOn();
            }
            catch (Exception exception) when (exception is System.IO.IOException or AuthenticationException)
            {
                return null;
            }
        }
    }

    [Test]
    [Category("Slow")]
    public void A_deep_resend_does_not_hold_other_sessions_up()
    {
        using TestAcceptor acceptor = new();
        using Client deep = acceptor.Connect("TW1");
        deep.LogOn();
        const int orders = 100_000;
        Thread sender = new(() =>
        {
            for (int i = 0; i < orders; i++)
            {
                deep.SendOrder("o");
            }
        });
        sender.Start();
        for (int i = 0; i < orders; i++)
        {
            deep.Read();
        }

        sender.Join();
        using Client other = acceptor.Connect("TW2");
        other.LogOn();
        deep.Send("2", "7=1|16=0|");
        List<double> waits = [];
        Thread reader = new(() =>
        {
            for (int i = 0; i < orders; i++)
            {
                deep.Read();
            }
        });
        reader.Start();
        while (reader.IsAlive)
        {
            long start = Stopwatch.GetTimestamp();
            other.Send("1", "112=x|");
            Assert.That(other.Read(), Does.Contain("112=x"));
            waits.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        TestContext.Out.WriteLine($"{waits.Count} round trips meanwhile, longest {waits.Max():0.0} ms");
        Assert.That(waits, Has.Count.GreaterThan(5));
        Assert.That(waits.Order().ElementAt(waits.Count / 2), Is.LessThan(100));
    }

    private static SslStream Secure(Socket socket, X509Certificate2? certificate)
    {
        NetworkStream plain = new(socket, true) { ReadTimeout = 20_000 };
        SslStream secure = new(plain, false, (_, _, _, _) => true);
        secure.AuthenticateAsClient(new SslClientAuthenticationOptions
        {
            TargetHost = "localhost",
            ClientCertificates = certificate is null ? [] : [certificate],
            EnabledSslProtocols = SslProtocols.Tls13,
        });
        return secure;
    }

    private static X509Certificate2 Certificate(string subject)
    {
        using RSA key = RSA.Create(2_048);
        CertificateRequest request = new(subject, key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using X509Certificate2 made =
            request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
    }

    private sealed class Passwords : ILogonAuthenticator
    {
        public LogonAttempt? Last { get; private set; }

        public string? Refuse(LogonAttempt attempt)
        {
            Last = attempt;
            return attempt.Password == "secret" ? null : "wrong password";
        }
    }
}
