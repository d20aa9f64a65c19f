using System;
using HftEngine.Fix.Codec;
using HftEngine.Fix.Dictionary;
using HftEngine.Fix.Session;
using NUnit.Framework;

namespace HftEngine.Fix.Tests.Harness;

/// <summary>The counterparty of a session under test, by which a test reads like a conversation.</summary>
internal abstract class Peer(string beginString) : IDisposable
{
    public const string Us = "ISLD";
    public const string Them = "TW";

    public string BeginString => beginString;

    public abstract long NowNs { get; }

    public string Time => TimeAt(0);

    /// <summary>
    /// A message of ours as the counterparty must see it, or what is to be compared with it.
    /// </summary>
    protected string Expected(string msgType, int number, string body)
    {
        string between = body.Length == 0 || body.EndsWith('|') ? body : body + "|";
        return $"8={beginString}|9=*|35={msgType}|34={number}|49={Us}|52=*|56={Them}|{between}10=*|";
    }

    /// <summary>SendingTime some seconds from now.</summary>
    public string TimeAt(int seconds)
    {
        FixWriter writer = new(256);
        writer.Begin("0"u8);
        writer.Timestamp(52, NowNs + (seconds * FixTime.NsPerSecond), TimePrecision.Milliseconds);
        string message = FixText.Show(writer.Finish("FIX.4.4"u8));
        return message[(message.IndexOf("|52=", StringComparison.Ordinal) + 4)..].Split('|')[0];
    }

    public abstract void SendBytes(byte[] bytes);

    public abstract void Reconnect();

    /// <summary>The next message, or null when none comes.</summary>
    protected abstract string? Read();

    protected abstract bool ReadEnd();

    /// <summary>Sends a message with the usual header.</summary>
    public void Send(string msgType, int number, string body = "", string header = "") => SendFields(
        $"35={msgType}|34={number}|49={Them}|52={Time}|56={Us}|{Ended(header)}{body}");

    /// <summary>Sends fields as they are; only BodyLength and CheckSum are added.</summary>
    public void SendFields(string fields) => SendBytes(FixText.Build(BeginString, fields));

    public void Expect(string msgType, int number, string body = "") =>
        Assert.That(FixText.Mask(Read() ?? "nothing"), Is.EqualTo(Expected(msgType, number, body)));

    /// <summary>
    /// A repetition: PossDupFlag comes behind the number and OrigSendingTime behind TargetCompID.
    /// </summary>
    public void ExpectDuplicate(string msgType, int number, string body) => Assert.That(
        FixText.Mask(Read() ?? "nothing"),
        Is.EqualTo(
            $"8={BeginString}|9=*|35={msgType}|34={number}|43=Y|49={Us}|52=*|56={Them}|122=*|"
                + $"{Ended(body)}10=*|"));

    public void ExpectReject(
        int number, int refNumber, string text, string type, int? reason, string? tag = null)
    {
        string refTag = tag is null ? "" : $"371={tag}|";
        string code = reason is null || (BeginString == FixRules.Fix42 && reason > 11)
            ? ""
            : $"373={reason}|";
        Expect("3", number, $"45={refNumber}|58={text}|{refTag}372={type}|{code}");
    }

    public void ExpectNothing() => Assert.That(Read(), Is.Null);

    public void ExpectDisconnect() => Assert.That(ReadEnd(), Is.True, "the connection is still open");

    /// <summary>The usual beginning.</summary>
    public void LogOn(int heartBtInt = 30)
    {
        Send("A", 1, LogonBody(heartBtInt));
        Expect("A", 1, LogonBody(heartBtInt));
    }

    public string LogonBody(int heartBtInt = 30, string more = "") =>
        $"98=0|108={heartBtInt}|{Ended(more)}" + (BeginString == FixRules.Fixt11 ? "1137=9|" : "");

    /// <summary>
    /// Body of an order with the fields that every version requires, ascending as the echo sends them.
    /// </summary>
    public string Order(string clOrdId, string symbol = "INTC") =>
        $"11={clOrdId}|21=3|40=1|54=1|55={symbol}|60=20260102-03:04:05|";

    /// <summary>The usual end.</summary>
    public void LogOut(int number, int answer)
    {
        Send("5", number);
        Expect("5", answer);
        ExpectDisconnect();
    }

    public abstract void Dispose();

    protected static string Ended(string fields) =>
        fields.Length == 0 || fields.EndsWith('|') ? fields : fields + "|";

    protected SessionSettings Settings(string beginString) => new()
    {
        Id = new SessionId(beginString, Us, Them),
        Rules = FixRules.Standard(beginString),
        ResetOnLogon = true,
        TimePrecision = TimePrecision.Milliseconds,
    };
}
