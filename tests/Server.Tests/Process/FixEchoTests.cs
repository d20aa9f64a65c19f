using System;
using System.Globalization;
using System.Linq;
using System.Net.Sockets;
using System.Text;
using System.Threading;
using NUnit.Framework;

namespace HftEngine.Server.Tests.Process;

/// <summary>`hft fix echo` as a user runs it.</summary>
internal sealed class FixEchoTests
{
    private const int WaitMs = 60_000;

    [TestCase("FIX.4.2", "")]
    [TestCase("FIX.4.4", "")]
    [TestCase("FIXT.1.1", "1137=9|")]
    public void The_echo_sends_an_order_back_and_ends_with_a_Logout(string begin, string version)
    {
        using HftProcess echo = Start(begin);
        using TcpClient client = new("127.0.0.1", PortOf(echo));
        using NetworkStream stream = client.GetStream();
        stream.ReadTimeout = WaitMs;
        Send(stream, begin, $"35=A|34=1|49=TW|52={Now()}|56=ISLD|98=0|108=30|{version}");
        Assert.That(Read(stream), Does.Contain("|35=A|34=1|49=ISLD|").And.Contains("|98=0|108=30|" + version));
        Send(stream, begin, $"35=D|34=2|49=TW|52={Now()}|56=ISLD|60={Now()}|55=X|54=1|40=1|21=1|11=id|");
        Assert.That(Read(stream), Does.Contain("|56=TW|11=id|21=1|40=1|54=1|55=X|60="));
        echo.Terminate();
        Assert.That(Read(stream), Does.Contain("|35=5|34=3|"));
        Send(stream, begin, $"35=5|34=3|49=TW|52={Now()}|56=ISLD|");
        Assert.That(echo.WaitForExit(), Is.Zero);
    }

    [TestCase("--begin FIX.9.9", "FIX.9.9")]
    [TestCase("--begin FIX.4.4 --dictionary /does/not/exist.xml", "exist.xml")]
    public void What_the_echo_cannot_use_is_one_line_and_exit_code_2(string options, string named)
    {
        (int exitCode, _, string errors) =
            HftProcess.Run([.. "fix echo --port 0 --sender A --target B".Split(' '), .. options.Split(' ')]);
        Assert.That(exitCode, Is.EqualTo(2));
        Assert.That(errors.Trim().Split('\n'), Has.Length.EqualTo(1));
        Assert.That(errors, Does.Contain(named));
    }

    private static HftProcess Start(string begin) => HftProcess.Start(
        "fix", "echo", "--port", "0", "--sender", "ISLD", "--target", "TW", "--begin", begin);

    private static int PortOf(HftProcess echo)
    {
        Assert.That(
            SpinWait.SpinUntil(() => echo.Output.Contains('\n', StringComparison.Ordinal), WaitMs),
            Is.True,
            echo.Errors);
        return int.Parse(echo.Output.Trim().Split(':')[^1], CultureInfo.InvariantCulture);
    }

    private static string Now() =>
        DateTime.UtcNow.ToString("yyyyMMdd-HH:mm:ss", CultureInfo.InvariantCulture);

    private static void Send(NetworkStream stream, string begin, string fields)
    {
        string body = fields.Replace('|', '\u0001');
        string head = $"8={begin}\u00019={body.Length}\u0001{body}";
        int sum = Encoding.ASCII.GetBytes(head).Sum(b => b) & 255;
        stream.Write(Encoding.ASCII.GetBytes($"{head}10={sum:000}\u0001"));
    }

    /// <summary>Bytes up to the end of CheckSum.</summary>
    private static string Read(NetworkStream stream)
    {
        StringBuilder text = new();
        int end = -1;
        while (end < 0 || text[^1] != '|')
        {
            int one = stream.ReadByte();
            Assert.That(one, Is.GreaterThanOrEqualTo(0), "the connection ended");
            text.Append(one == 1 ? '|' : (char)one);
            end = text.ToString().IndexOf("|10=", StringComparison.Ordinal);
        }

        return text.ToString();
    }
}
