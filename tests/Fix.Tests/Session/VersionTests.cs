using HftEngine.Fix.Dictionary;
using HftEngine.Fix.Tests.Harness;
using NUnit.Framework;

namespace HftEngine.Fix.Tests.Session;

/// <summary>What only some versions have.</summary>
internal sealed class VersionTests
{
    [Test]
    public void A_FIXT_Logon_without_DefaultApplVerID_ends_the_connection()
    {
        using MemoryPeer peer = new(FixRules.Fixt11);
        peer.Send("A", 1, "98=0|108=30");
        peer.ExpectDisconnect();
    }

    [TestCase(FixRules.Fix44)]
    [TestCase(FixRules.Fixt11)]
    public void Nested_groups_come_back_as_they_were(string version)
    {
        using MemoryPeer peer = new(version);
        peer.LogOn();
        const string parties = "453=2|448=A|447=D|452=1|802=2|523=x|803=1|523=y|803=2|448=B|447=D|452=3|";
        peer.Send("D", 2, parties + peer.Order("id"));
        peer.Expect("D", 2, peer.Order("id") + parties);
        peer.LogOut(3, 3);
    }

    [TestCase(FixRules.Fix44)]
    [TestCase(FixRules.Fixt11)]
    public void A_nested_group_with_a_wrong_count_is_rejected(string version)
    {
        using MemoryPeer peer = new(version);
        peer.LogOn();
        peer.Send("D", 2, peer.Order("id") + "453=1|448=A|447=D|452=1|802=3|523=x|803=1|523=y|803=2|");
        peer.ExpectReject(2, 2, "Incorrect NumInGroup count for repeating group", "D", 16, "802");
        peer.LogOut(3, 3);
    }

    [TestCase(FixRules.Fix42)]
    [TestCase(FixRules.Fix44)]
    [TestCase(FixRules.Fixt11)]
    public void After_a_dropped_connection_the_sequences_go_on(string version)
    {
        using MemoryPeer peer = new(version, settings => settings with { ResetOnLogon = false });
        peer.LogOn();
        peer.Send("D", 2, peer.Order("id"));
        peer.Expect("D", 2, peer.Order("id"));
        peer.Reconnect();
        peer.Send("A", 3, peer.LogonBody());
        peer.Expect("A", 3, peer.LogonBody());
        peer.Send("2", 4, "7=2|16=2");
        peer.ExpectDuplicate("D", 2, peer.Order("id"));
        peer.LogOut(5, 4);
    }

    [TestCase(FixRules.Fix42)]
    [TestCase(FixRules.Fix44)]
    [TestCase(FixRules.Fixt11)]
    public void With_the_expected_number_in_the_Logon_both_sides_repeat_without_being_asked(string version)
    {
        using MemoryPeer peer = new(version, settings => settings with { ResetOnLogon = false });
        peer.LogOn();
        peer.Send("D", 2, peer.Order("id"));
        peer.Expect("D", 2, peer.Order("id"));
        peer.Reconnect();
        peer.Send("A", 5, peer.LogonBody(30, "789=2"));
        peer.Expect("A", 3, peer.LogonBody(30, "789=3"));
        peer.ExpectDuplicate("D", 2, peer.Order("id"));
        peer.Send("4", 3, "36=5|123=Y", $"43=Y|122={peer.Time}");
        peer.Send("1", 6, "112=A");
        peer.Expect("0", 4, "112=A");
        peer.LogOut(7, 5);
    }

    [TestCase(FixRules.Fix42)]
    [TestCase(FixRules.Fix44)]
    [TestCase(FixRules.Fixt11)]
    public void An_expected_number_beyond_ours_is_refused_with_both(string version)
    {
        using MemoryPeer peer = new(version);
        peer.Send("A", 1, peer.LogonBody(30, "789=9"));
        peer.Expect("5", 1, "58=NextExpectedMsgSeqNum too high, expecting 1 but received 9");
        peer.ExpectDisconnect();
    }
}
