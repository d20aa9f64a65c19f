using System.IO;
using System.Net;
using System.Net.Sockets;
using HftEngine.Fix.Dictionary;
using NUnit.Framework;

namespace HftEngine.Fix.Tests.Peers;

/// <summary>The library against QuickFIX, as its client and as its server.</summary>
[TestFixture(FixRules.Fix42)]
[TestFixture(FixRules.Fix44)]
[TestFixture(FixRules.Fixt11)]
[Category("NeedsInstalled")]
internal sealed class QuickFixTests(string version)
{
    private string _folder = "";

    [SetUp]
    public void Prepare()
    {
        QuickFixPeer.Require();
        _folder = Directory.CreateTempSubdirectory("hft-fix-").FullName;
    }

    [TearDown]
    public void CleanUp()
    {
        if (_folder.Length > 0)
        {
            Directory.Delete(_folder, true);
        }
    }

    [Test]
    public void A_client_logs_on_sends_orders_and_logs_out()
    {
        using OurSide ours = OurSide.Accept(_folder, version);
        using QuickFixPeer client = QuickFixPeer.Start(_folder, "initiator", version, ours.Port);
        client.Expect("logon");
        for (int i = 0; i < 20; i++)
        {
            client.Tell($"order o{i}");
            Assert.That(client.Expect("app D"), Does.EndWith($" o{i} N"));
        }

        client.Tell("logout");
        client.Expect("logout");
        ours.Expect("logout");
    }

    [Test]
    public void A_client_gets_what_it_missed_after_a_dropped_connection()
    {
        using OurSide ours = OurSide.Accept(_folder, version);
        using QuickFixPeer client = QuickFixPeer.Start(_folder, "initiator", version, ours.Port);
        client.Expect("logon");
        client.Tell("order before");
        client.Expect("app D");
        client.Kill();
        ours.Expect("logout");
        ours.Order("while away 1");
        ours.Order("while away 2");
        using QuickFixPeer again = QuickFixPeer.Start(_folder, "initiator", version, ours.Port);
        again.Expect("logon");
        Assert.That(again.Expect("app D"), Does.Contain("while away 1").And.EndsWith(" Y"));
        Assert.That(again.Expect("app D"), Does.Contain("while away 2").And.EndsWith(" Y"));
        again.Tell("order after");
        Assert.That(again.Expect("app D"), Does.EndWith(" after N"));
    }

    [Test]
    public void A_client_whose_numbers_were_set_forward_fills_the_gap_by_itself()
    {
        using OurSide ours = OurSide.Accept(_folder, version);
        using QuickFixPeer client = QuickFixPeer.Start(_folder, "initiator", version, ours.Port);
        client.Expect("logon");
        client.Tell("order a");
        client.Expect("app D");
        client.Tell("out 50");
        client.Tell("order b");
        ours.Expect("app b");
        Assert.That(client.Expect("app D"), Does.EndWith(" b N"));
    }

    [Test]
    public void A_client_that_expects_too_little_gets_messages_again()
    {
        using OurSide ours = OurSide.Accept(_folder, version);
        using QuickFixPeer client = QuickFixPeer.Start(_folder, "initiator", version, ours.Port);
        client.Expect("logon");
        client.Tell("order a");
        client.Tell("order b");
        client.Expect("app D 2");
        client.Expect("app D 3");
        client.Tell("in 2");
        client.Tell("order c");
        Assert.That(client.Expect("app D 2"), Does.EndWith(" a Y"));
        Assert.That(client.Expect("app D 3"), Does.EndWith(" b Y"));
        client.Expect("app D 4");
    }

    [Test]
    public void Our_restart_goes_on_with_the_same_session()
    {
        OurSide ours = OurSide.Accept(_folder, version);
        int port = ours.Port;
        using QuickFixPeer client = QuickFixPeer.Start(_folder, "initiator", version, port);
        client.Expect("logon");
        client.Tell("order a");
        client.Expect("app D");
        ours.Dispose();
        client.Expect("logout");
        using OurSide again = OurSide.Accept(_folder, version, port);
        client.Expect("logon");
        client.Tell("order b");
        Assert.That(client.Expect("app D"), Does.EndWith(" b N"));
    }

    [Test]
    public void Our_crash_leaves_a_hole_that_the_client_gets_filled()
    {
        OurSide ours = OurSide.Accept(_folder, version);
        int port = ours.Port;
        using QuickFixPeer client = QuickFixPeer.Start(_folder, "initiator", version, port);
        client.Expect("logon");
        client.Tell("order a");
        client.Expect("app D");
        ours.Crash();
        client.Expect("logout");
        using OurSide again = OurSide.Accept(_folder, version, port);
        client.Expect("logon");
        client.Tell("order b");
        string answer = client.Expect("app D");
        Assert.That(answer, Does.EndWith(" b N"));
        Assert.That(int.Parse(answer.Split(' ')[2]), Is.GreaterThan(100), "numbers go on behind the block");
        client.Tell("numbers");
        client.Expect("numbers");
    }

    [TestCase(false)]
    [TestCase(true)]
    public void A_server_answers_our_orders(bool usesNextExpected)
    {
        int port = FreePort();
        using QuickFixPeer server = QuickFixPeer.Start(_folder, "acceptor", version, port);
        server.Tell("echo");
        using OurSide ours = OurSide.Initiate(_folder, version, port, usesNextExpected);
        ours.Expect("logon");
        for (int i = 0; i < 10; i++)
        {
            ours.Order($"o{i}");
            Assert.That(server.Expect("app D"), Does.EndWith($" o{i} N"));
            Assert.That(ours.Expect("app"), Is.EqualTo($"app o{i} N"));
        }
    }

    [Test]
    public void A_server_that_crashes_gets_what_it_missed()
    {
        int port = FreePort();
        QuickFixPeer server = QuickFixPeer.Start(_folder, "acceptor", version, port);
        using OurSide ours = OurSide.Initiate(_folder, version, port);
        ours.Expect("logon");
        ours.Order("a");
        server.Expect("app D");
        server.Kill();
        ours.Expect("logout");
        ours.Order("b");
        ours.Order("c");
        using QuickFixPeer again = QuickFixPeer.Start(_folder, "acceptor", version, port);
        ours.Expect("logon");
        Assert.That(again.Expect("app D"), Does.EndWith(" b Y"));
        Assert.That(again.Expect("app D"), Does.EndWith(" c Y"));
        ours.Order("d");
        Assert.That(again.Expect("app D"), Does.EndWith(" d N"));
        server.Dispose();
    }

    [Test]
    public void Our_initiator_restarts_and_goes_on()
    {
        int port = FreePort();
        using QuickFixPeer server = QuickFixPeer.Start(_folder, "acceptor", version, port);
        OurSide ours = OurSide.Initiate(_folder, version, port);
        ours.Expect("logon");
        ours.Order("a");
        server.Expect("app D");
        ours.Crash();
        server.Expect("logout");
        server.Tell("order missed");
        server.Expect("sent");
        using OurSide again = OurSide.Initiate(_folder, version, port);
        again.Expect("logon");
        Assert.That(again.Expect("app"), Is.EqualTo("app missed Y"));
        again.Order("b");
        Assert.That(server.Expect("app D"), Does.EndWith(" b N"));
    }

    [Test]
    public void Both_sequences_start_again_in_a_running_session()
    {
        int port = FreePort();
        using QuickFixPeer server = QuickFixPeer.Start(_folder, "acceptor", version, port);
        server.Tell("echo");
        using OurSide ours = OurSide.Initiate(_folder, version, port);
        ours.Expect("logon");
        ours.Order("a");
        ours.Expect("app a");
        ours.Run((session, nowNs) => session.ResetInSession(nowNs));
        ours.Order("b");
        Assert.That(server.Expect("app D 2 b"), Does.EndWith(" N"));
        ours.Expect("app b");
    }

    private static int FreePort()
    {
        using Socket socket = new(SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
