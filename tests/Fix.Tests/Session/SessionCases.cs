using System;
using HftEngine.Fix.Dictionary;
using HftEngine.Fix.Tests.Harness;
using NUnit.Framework;

namespace HftEngine.Fix.Tests.Session;

public enum Transport
{
    Memory,
    Tcp,
}

/// <summary>
/// The session protocol's list of cases for an acceptor, for each version: once for the state machine
/// alone, once through a socket. Numbers in the names of regions of this list are the standard's.
/// </summary>
[TestFixture(FixRules.Fix42, Transport.Memory)]
[TestFixture(FixRules.Fix44, Transport.Memory)]
[TestFixture(FixRules.Fixt11, Transport.Memory)]
[TestFixture(FixRules.Fix42, Transport.Tcp)]
[TestFixture(FixRules.Fix44, Transport.Tcp)]
[TestFixture(FixRules.Fixt11, Transport.Tcp)]
internal sealed partial class SessionCases(string version, Transport transport)
{
    private Peer _peer = null!;

    [SetUp]
    public void Connect() =>
        _peer = transport == Transport.Memory ? new MemoryPeer(version) : new TcpPeer(version);

    [TearDown]
    public void Disconnect() => _peer.Dispose();

    [Test]
    public void A_valid_Logon_is_answered_with_a_Logon()
    {
        _peer.LogOn();
        _peer.LogOut(2, 2);
    }

    [Test]
    public void A_Logon_with_a_number_too_high_is_answered_and_the_gap_is_asked_for()
    {
        _peer.Send("A", 5, _peer.LogonBody());
        _peer.Expect("A", 1, _peer.LogonBody());
        _peer.Expect("2", 2, "7=1|16=0");
        _peer.LogOut(6, 3);
    }

    [Test]
    public void A_Logon_from_a_stranger_ends_the_connection()
    {
        _peer.SendFields($"35=A|34=1|49=WT|52={_peer.Time}|56=ISLD|{_peer.LogonBody()}");
        _peer.ExpectDisconnect();
    }

    [Test]
    public void A_Logon_to_a_stranger_ends_the_connection()
    {
        _peer.SendFields($"35=A|34=1|49=TW|52={_peer.Time}|56=DLSI|{_peer.LogonBody()}");
        _peer.ExpectDisconnect();
    }

    [Test]
    public void A_Logon_from_long_ago_ends_the_connection()
    {
        _peer.SendFields($"35=A|34=1|49=TW|52=20010101-00:00:00|56=ISLD|{_peer.LogonBody()}");
        _peer.ExpectDisconnect();
    }

    [Test]
    public void A_Logon_with_a_wrong_BodyLength_ends_the_connection()
    {
        _peer.SendBytes(FixText.Close(FixText.Show(FixText.Raw(
            $"8={version}|9=40|35=A|34=1|49=TW|52={_peer.Time}|56=ISLD|{_peer.LogonBody()}")).Replace(
                '|', '\u0001')));
        _peer.ExpectDisconnect();
    }

    [Test]
    public void A_Logon_of_an_unknown_version_ends_the_connection()
    {
        _peer.SendBytes(FixText.Build(
            "FIX.3.9", $"35=A|34=1|49=TW|52={_peer.Time}|56=ISLD|{_peer.LogonBody()}"));
        _peer.ExpectDisconnect();
    }

    [Test]
    public void A_first_message_that_is_no_Logon_ends_the_connection()
    {
        _peer.Send("0", 1);
        _peer.ExpectDisconnect();
    }

    [Test]
    public void A_Logon_with_encryption_is_refused_with_the_reason()
    {
        _peer.Send("A", 1, _peer.LogonBody().Replace("98=0", "98=1", StringComparison.Ordinal));
        _peer.Expect("5", 1, "58=EncryptMethod must be 0");
        _peer.ExpectDisconnect();
    }

    [TestCase(0)]
    [TestCase(3_601)]
    public void A_HeartBtInt_outside_of_the_range_is_refused_with_the_reason(int heartBtInt)
    {
        _peer.Send("A", 1, _peer.LogonBody(heartBtInt));
        _peer.Expect("5", 1, "58=HeartBtInt must be 1 to 3600");
        _peer.ExpectDisconnect();
    }

    [Test]
    public void A_reset_with_another_number_than_one_is_refused_with_the_reason()
    {
        _peer.Send("A", 7, _peer.LogonBody(30, "141=Y"));
        _peer.Expect("5", 1, "58=ResetSeqNumFlag needs MsgSeqNum 1");
        _peer.ExpectDisconnect();
    }

    [Test]
    public void A_second_Logon_without_reset_ends_the_session_with_the_reason()
    {
        _peer.LogOn();
        _peer.Send("A", 2, _peer.LogonBody());
        _peer.Expect("5", 2, "58=already logged on");
        _peer.ExpectDisconnect();
    }

    [Test]
    public void A_Logon_with_reset_starts_both_sequences_again_in_a_running_session()
    {
        _peer.LogOn();
        _peer.Send("0", 2);
        _peer.Send("1", 3, "112=one");
        _peer.Expect("0", 2, "112=one");
        _peer.Send("A", 1, _peer.LogonBody(30, "141=Y"));
        _peer.Expect("A", 1, _peer.LogonBody(30, "141=Y"));
        _peer.Send("1", 2, "112=two");
        _peer.Expect("0", 2, "112=two");
        _peer.LogOut(3, 3);
    }

    [Test]
    public void A_Logout_is_answered_and_ends_the_connection()
    {
        _peer.LogOn();
        _peer.LogOut(2, 2);
    }

    [Test]
    public void A_test_request_is_answered_with_its_id()
    {
        _peer.LogOn();
        _peer.Send("1", 2, "112=HELLO");
        _peer.Expect("0", 2, "112=HELLO");
        _peer.LogOut(3, 3);
    }

    [Test]
    public void A_Reject_of_the_counterparty_is_taken()
    {
        _peer.LogOn();
        _peer.Send("3", 2, "45=1");
        _peer.LogOut(3, 2);
    }

    [Test]
    public void Messages_in_sequence_are_taken()
    {
        _peer.LogOn();
        for (int number = 2; number <= 5; number++)
        {
            _peer.Send("0", number);
        }

        _peer.LogOut(6, 2);
    }

    [Test]
    public void A_number_too_high_is_asked_for_once_and_what_came_early_waits()
    {
        _peer.LogOn();
        _peer.Send("1", 5, "112=five");
        _peer.Expect("2", 2, "7=2|16=0");
        _peer.Send("1", 6, "112=six");
        for (int number = 2; number <= 4; number++)
        {
            _peer.Send("0", number, "", $"43=Y|122={_peer.Time}");
        }

        _peer.Expect("0", 3, "112=five");
        _peer.Expect("0", 4, "112=six");
        _peer.LogOut(7, 5);
    }

    [Test]
    public void A_number_too_low_ends_the_session_with_both_numbers()
    {
        _peer.LogOn();
        _peer.Send("0", 2);
        _peer.Send("0", 3);
        _peer.Send("0", 2);
        _peer.Expect("5", 2, "58=MsgSeqNum too low, expecting 4 but received 2");
        _peer.ExpectDisconnect();
    }

    [Test]
    public void A_message_without_a_number_ends_the_session()
    {
        _peer.LogOn();
        _peer.SendFields($"35=0|49=TW|52={_peer.Time}|56=ISLD");
        _peer.Expect("5", 2, "58=MsgSeqNum missing");
        _peer.ExpectDisconnect();
    }

    [Test]
    public void A_garbled_message_is_as_if_it_was_never_sent()
    {
        _peer.LogOn();
        _peer.SendBytes(
            FixText.Raw($"8={version}|9=52|35=0|34=2|4garbled9=TW|52={_peer.Time}|56=ISLD|10=0|"));
        _peer.Send("1", 2, "112=A");
        _peer.Expect("0", 2, "112=A");
        _peer.LogOut(3, 3);
    }

    [Test]
    public void A_wrong_CheckSum_makes_a_gap()
    {
        _peer.LogOn();
        byte[] wrong = FixText.Build(version, $"35=D|34=2|49=TW|52={_peer.Time}|56=ISLD|{_peer.Order("id")}");
        wrong[^2] = wrong[^2] == '0' ? (byte)'1' : (byte)'0';
        _peer.SendBytes(wrong);
        _peer.Send("0", 3);
        _peer.Expect("2", 2, "7=2|16=0");
        _peer.Send("D", 2, _peer.Order("id"));
        _peer.Expect("D", 3, _peer.Order("id"));
        _peer.LogOut(4, 4);
    }

    [Test]
    public void A_BodyLength_that_is_too_small_loses_its_message_only()
    {
        _peer.LogOn();
        _peer.SendBytes(FixText.Close(
            $"8={version}|9=30|35=D|34=2|49=TW|52={_peer.Time}|56=ISLD|{_peer.Order("id")}".Replace(
                '|', '\u0001')));
        _peer.Send("1", 2, "112=A");
        _peer.Expect("0", 2, "112=A");
        _peer.LogOut(3, 3);
    }

    [Test]
    public void A_BodyLength_that_is_too_large_takes_the_next_message_with_it()
    {
        _peer.LogOn();
        string body = $"35=D|34=2|49=TW|52={_peer.Time}|56=ISLD|{_peer.Order("id")}";
        _peer.SendBytes(FixText.Close($"8={version}|9={body.Length + 20}|{body}".Replace('|', '\u0001')));
        _peer.Send("0", 3);
        _peer.Send("1", 2, "112=A");
        _peer.Expect("0", 2, "112=A");
        _peer.LogOut(3, 3);
    }

    [Test]
    public void A_BodyLength_with_leading_zeros_is_right()
    {
        _peer.LogOn();
        string body = $"35=1|34=2|49=TW|52={_peer.Time}|56=ISLD|112=padded|";
        _peer.SendBytes(FixText.Close($"8={version}|9={body.Length:0000000}|{body}".Replace('|', '\u0001')));
        _peer.Expect("0", 2, "112=padded");
        _peer.LogOut(3, 3);
    }

    [Test]
    public void The_first_three_fields_out_of_order_are_garbled()
    {
        _peer.LogOn();
        _peer.SendBytes(FixText.Raw($"35=0|8={version}|9=29|34=2|49=TW|52={_peer.Time}|56=ISLD|10=121|"));
        _peer.Send("1", 2, "112=A");
        _peer.Expect("0", 2, "112=A");
        _peer.SendFields($"34=3|35=0|49=TW|52={_peer.Time}|56=ISLD");
        _peer.Send("1", 3, "112=B");
        _peer.Expect("0", 3, "112=B");
        _peer.LogOut(4, 4);
    }

    [Test]
    public void Another_BeginString_in_the_session_ends_it()
    {
        _peer.LogOn();
        _peer.SendBytes(FixText.Build("FIX.4.1", $"35=1|34=2|49=TW|52={_peer.Time}|56=ISLD|112=id"));
        _peer.Expect("5", 2, "58=Incorrect BeginString");
        _peer.ExpectDisconnect();
    }

    [TestCase("WT", "ISLD")]
    [TestCase("TW", "DLSI")]
    [TestCase("WT", "DLSI")]
    public void Wrong_CompIDs_are_rejected_and_end_the_session(string sender, string target)
    {
        _peer.LogOn();
        _peer.SendFields($"35=D|34=2|49={sender}|52={_peer.Time}|56={target}|{_peer.Order("id")}");
        _peer.ExpectReject(2, 2, "CompID problem", "D", 9);
        _peer.Expect("5", 3);
        _peer.Send("5", 3);
        _peer.ExpectDisconnect();
    }

    [TestCase(-121)]
    [TestCase(+121)]
    public void A_SendingTime_out_of_range_is_rejected_and_ends_the_session(int seconds)
    {
        _peer.LogOn();
        _peer.SendFields($"35=0|34=2|49=TW|52={_peer.TimeAt(seconds)}|56=ISLD");
        _peer.ExpectReject(2, 2, "SendingTime accuracy problem", "0", 10);
        _peer.Expect("5", 3);
        _peer.Send("5", 3);
        _peer.ExpectDisconnect();
    }
}
