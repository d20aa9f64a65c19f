using System;
using System.CommandLine;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Threading;
using HftEngine.Fix.Codec;
using HftEngine.Fix.Dictionary;
using HftEngine.Fix.Echo;
using HftEngine.Fix.Network;
using HftEngine.Fix.Session;
using HftEngine.Fix.Store;

namespace HftEngine.Server.CommandLine;

/// <summary>`hft fix`: the FIX session library alone.</summary>
internal static class FixCommand
{
    private const int MaxPort = 65_535;
    private const int StoreBytes = 16 << 20;
    private const int StoreMessages = 1 << 16;

    private static readonly TimeSpan LogoutWait = TimeSpan.FromSeconds(3);

    public static Command Create() => new("fix", "FIX sessions.") { CreateEcho() };

    private static Command CreateEcho()
    {
        Option<int> port = new("--port")
        {
            Description = "TCP port on the loopback address; 0 takes any and prints it.",
            HelpName = "N",
            Required = true,
        };
        Option<string> sender = Text("--sender", "ID", "Our SenderCompID.");
        Option<string> target = Text(
            "--target",
            "ID",
            "The counterparty's SenderCompID; several, separated by commas, are several sessions.");
        Option<string> begin = Text("--begin", "VERSION", "BeginString: FIX.4.2, FIX.4.4, FIXT.1.1.");
        Option<string?> dictionary = new("--dictionary")
        {
            Description = "Validates by this QuickFIX dictionary instead of the built-in tables.",
            HelpName = "XML",
        };
        Option<bool> reset = new(
            "--reset-on-logon") { Description = "Every logon starts both sequences at 1." };
        port.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && int.TryParse(result.Tokens[0].Value, out int value)
                && value is < 0 or > MaxPort)
            {
                result.AddError($"--port must be 0 to {MaxPort}");
            }
        });
        Command command = new("echo", "Echo NewOrderSingle, SecurityDefinition and Email.")
        {
            port, sender, target, begin, dictionary, reset,
        };
        command.SetAction(parsed => Echo(
            parsed.GetValue(port),
            parsed.GetValue(begin)!,
            parsed.GetValue(sender)!,
            parsed.GetValue(target)!,
            parsed.GetValue(dictionary),
            parsed.GetValue(reset)));
        return command;
    }

    private static int Echo(
        int port, string begin, string sender, string target, string? dictionary, bool reset)
    {
        FixRules rules;
        try
        {
            rules = dictionary is null ? FixRules.Standard(begin) : FixRules.FromXml(begin, dictionary);
        }
        catch (Exception exception) when (exception is InvalidDataException or IOException)
        {
            return HftCommand.Complain(exception.Message, ExitCode.Unusable);
        }

        using FixLoop loop = new("fix-echo", new FixLoopOptions());
        EchoApplication application = new();
        FixSession[] sessions =
        [
            .. target.Split(',').Select(name => new FixSession(
                new SessionSettings
                {
                    Id = new SessionId(begin, sender, name),
                    Rules = rules,
                    ResetOnLogon = reset,
                    TimePrecision = begin is "FIX.4.0" or "FIX.4.1"
                        ? TimePrecision.Seconds
                        : TimePrecision.Milliseconds,
                },
                application,
                new MemoryStore(StoreBytes, StoreMessages),
                loop.Workspace)),
        ];
        Array.ForEach(sessions, loop.Own);
        FixAcceptorOptions options = new()
        {
            EndPoint = new IPEndPoint(IPAddress.Loopback, port),
            LogonsPerInterval = int.MaxValue,
        };
        FixAcceptor acceptor;
        try
        {
            acceptor = new FixAcceptor(
                options,
                loop,
                id => Array.Find(sessions, session => session.Id == id),
                Console.Error.WriteLine);
        }
        catch (SocketException exception)
        {
            return HftCommand.Complain($"port {port}: {exception.Message}", ExitCode.Failed);
        }

        using (acceptor)
        {
            loop.Start();
            Console.Out.WriteLine($"FIX echo {begin} {sender} <- {target} on {acceptor.EndPoint}");
            WaitForSignal(loop);
        }

        return Stop(loop, sessions);
    }

    private static void WaitForSignal(FixLoop loop)
    {
        using ManualResetEventSlim stop = new();
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Ask);
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Ask);
        while (loop.Failure is null && !stop.Wait(TimeSpan.FromSeconds(1)))
        {
        }

        void Ask(PosixSignalContext context)
        {
            context.Cancel = true;
            stop.Set();
        }
    }

    /// <summary>Logout to all, a moment for their answers, then the end.</summary>
    private static int Stop(FixLoop loop, FixSession[] sessions)
    {
        loop.LogoutAll("the echo stops", LogoutWait);
        loop.Stop();
        if (loop.Failure is { } failure)
        {
            return HftCommand.Complain($"the FIX loop failed: {failure}", ExitCode.Failed);
        }

        Array.ForEach(sessions, session => session.Store.Dispose());
        return ExitCode.Done;
    }

    private static Option<string> Text(string name, string help, string description) =>
        new(name) { Description = description, HelpName = help, Required = true };
}
