using System.Linq;
using NUnit.Framework;

namespace HftEngine.Fix.Tests.Session;

internal sealed partial class SessionCases
{
    [Test]
    public void A_possible_duplicate_that_was_received_is_ignored()
    {
        _peer.LogOn();
        _peer.Send("1", 2, "112=A");
        _peer.Expect("0", 2, "112=A");
        _peer.Send("1", 2, "112=A", $"43=Y|122={_peer.Time}");
        _peer.Send("1", 3, "112=B");
        _peer.Expect("0", 3, "112=B");
        _peer.LogOut(4, 4);
    }

    [Test]
    public void A_possible_duplicate_that_was_not_received_is_taken()
    {
        _peer.LogOn();
        _peer.Send("D", 2, _peer.Order("id"), $"43=Y|122={_peer.Time}");
        _peer.Expect("D", 2, _peer.Order("id"));
        _peer.LogOut(3, 3);
    }

    [Test]
    public void An_OrigSendingTime_after_SendingTime_is_rejected_and_ends_the_session()
    {
        _peer.LogOn();
        _peer.Send("D", 2, _peer.Order("id"));
        _peer.Expect("D", 2, _peer.Order("id"));
        _peer.Send("D", 2, _peer.Order("id"), $"43=Y|122={_peer.TimeAt(10)}");
        _peer.ExpectReject(3, 2, "SendingTime accuracy problem", "D", 10);
        _peer.Expect("5", 4);
        _peer.Send("5", 3);
        _peer.ExpectDisconnect();
    }

    [Test]
    public void A_possible_duplicate_without_OrigSendingTime_is_rejected()
    {
        _peer.LogOn();
        _peer.Send("D", 2, _peer.Order("id"));
        _peer.Expect("D", 2, _peer.Order("id"));
        _peer.Send("D", 2, _peer.Order("id"), "43=Y");
        _peer.ExpectReject(3, 2, "Required tag missing", "D", 1, "122");
        _peer.Send("1", 3, "112=A");
        _peer.Expect("0", 4, "112=A");
        _peer.LogOut(4, 5);
    }

    [Test]
    public void A_possible_resend_of_a_known_order_is_dropped()
    {
        _peer.LogOn();
        _peer.Send("D", 2, _peer.Order("id"));
        _peer.Expect("D", 2, _peer.Order("id"));
        _peer.Send("D", 3, _peer.Order("id"), "97=Y");
        _peer.LogOut(4, 3);
    }

    [Test]
    public void A_possible_resend_of_an_unknown_order_is_taken()
    {
        _peer.LogOn();
        _peer.Send("D", 2, _peer.Order("id"), "97=Y");
        _peer.Expect("D", 2, "97=Y|" + _peer.Order("id"));
        _peer.LogOut(3, 3);
    }

    [Test]
    public void A_gap_fill_in_sequence_moves_the_expected_number()
    {
        _peer.LogOn();
        _peer.Send("4", 2, "36=20|123=Y");
        _peer.Send("1", 20, "112=HELLO");
        _peer.Expect("0", 2, "112=HELLO");
        _peer.LogOut(21, 3);
    }

    [Test]
    public void A_gap_fill_with_a_number_too_high_is_a_gap_itself()
    {
        _peer.LogOn();
        _peer.Send("4", 10, "36=20|123=Y");
        _peer.Expect("2", 2, "7=2|16=0");
        _peer.Send("1", 20, "112=HELLO");
        _peer.LogOut(2, 3);
    }

    [Test]
    public void A_repeated_gap_fill_with_a_number_too_low_is_ignored()
    {
        _peer.LogOn();
        _peer.Send("4", 1, "36=20|123=Y", $"43=Y|122={_peer.TimeAt(-1)}");
        _peer.Send("1", 2, "112=HELLO");
        _peer.Expect("0", 2, "112=HELLO");
        _peer.LogOut(3, 3);
    }

    [Test]
    public void A_gap_fill_with_a_number_too_low_ends_the_session()
    {
        _peer.LogOn();
        _peer.Send("0", 2);
        _peer.Send("4", 1, "36=20|123=Y");
        _peer.Expect("5", 2, "58=MsgSeqNum too low, expecting 3 but received 1");
        _peer.ExpectDisconnect();
    }

    [Test]
    public void A_gap_fill_that_goes_back_is_rejected()
    {
        _peer.LogOn();
        _peer.Send("4", 2, "36=2|123=Y");
        _peer.ExpectReject(2, 2, "Value is incorrect (out of range) for this tag", "4", 5);
        _peer.LogOut(3, 3);
    }

    [Test]
    public void A_reset_of_the_sequence_upwards_is_taken_whatever_its_own_number()
    {
        _peer.LogOn();
        _peer.Send("4", 0, "36=25");
        _peer.Send("1", 25, "112=A");
        _peer.Expect("0", 2, "112=A");
        _peer.Send("4", 77, "36=50|123=N");
        _peer.Send("1", 50, "112=B");
        _peer.Expect("0", 3, "112=B");
        _peer.LogOut(51, 4);
    }

    [Test]
    public void A_reset_of_the_sequence_to_the_expected_number_changes_nothing()
    {
        _peer.LogOn();
        _peer.Send("4", 0, "36=2");
        _peer.Send("1", 2, "112=A");
        _peer.Expect("0", 2, "112=A");
        _peer.LogOut(3, 3);
    }

    [TestCase("36=1")]
    [TestCase("36=1|123=N")]
    public void A_reset_of_the_sequence_downwards_is_rejected(string body)
    {
        _peer.LogOn();
        _peer.Send("4", 0, body);
        _peer.ExpectReject(2, 0, "Value is incorrect (out of range) for this tag", "4", 5);
        _peer.Send("1", 2, "112=A");
        _peer.Expect("0", 3, "112=A");
        _peer.LogOut(3, 4);
    }

    [Test]
    public void A_resend_of_session_messages_is_one_gap_fill()
    {
        _peer.LogOn();
        SendTestRequests(2, 4);
        _peer.Send("2", 5, "7=1|16=4");
        _peer.ExpectDuplicate("4", 1, "36=5|123=Y");
        _peer.Send("2", 6, "7=1|16=0");
        _peer.ExpectDuplicate("4", 1, "36=5|123=Y");
        _peer.LogOut(7, 5);
    }

    [Test]
    public void A_resend_of_application_messages_repeats_them()
    {
        _peer.LogOn();
        SendOrders(2, "INTC", "CDG", "IVP");
        _peer.Send("2", 5, "7=2|16=4");
        ExpectRepeated(2, "INTC", "CDG", "IVP");
        _peer.Send("2", 6, "7=3|16=3");
        ExpectRepeated(3, "CDG");
        _peer.LogOut(7, 5);
    }

    [Test]
    public void A_resend_of_both_repeats_the_ones_and_fills_the_gaps_of_the_others()
    {
        _peer.LogOn();
        SendTestRequests(2, 4);
        SendOrders(5, "INTC", "CDG");
        SendTestRequests(7, 8);
        SendOrders(9, "IVP");
        _peer.Send("2", 10, "7=2|16=0");
        _peer.ExpectDuplicate("4", 2, "36=5|123=Y");
        ExpectRepeated(5, "INTC", "CDG");
        _peer.ExpectDuplicate("4", 7, "36=9|123=Y");
        ExpectRepeated(9, "IVP");
        _peer.LogOut(11, 10);
    }

    [Test]
    public void Both_sides_may_ask_for_a_resend_at_once()
    {
        _peer.LogOn();
        SendOrders(2, "INTC", "CDG");
        _peer.Send("0", 7);
        _peer.Expect("2", 4, "7=4|16=0");
        _peer.Send("2", 8, "7=2|16=3");
        ExpectRepeated(2, "INTC", "CDG");
        foreach (int number in Enumerable.Range(4, 3))
        {
            _peer.Send("0", number, "", $"43=Y|122={_peer.Time}");
        }

        _peer.Send("1", 9, "112=after");
        _peer.Expect("0", 5, "112=after");
        _peer.LogOut(10, 6);
    }

    [Test]
    public void A_resend_from_number_zero_is_rejected()
    {
        _peer.LogOn();
        _peer.Send("2", 2, "7=0|16=0");
        _peer.ExpectReject(2, 2, "Value is incorrect (out of range) for this tag", "2", 5, "7");
        _peer.LogOut(3, 3);
    }

    [Test]
    public void A_message_that_is_rejected_in_a_resend_lets_the_ones_behind_it_through()
    {
        _peer.LogOn();
        _peer.Send("1", 3, "112=one");
        _peer.Expect("2", 2, "7=2|16=0");
        _peer.Send("D", 2, _peer.Order("id") + "126=20040415|", $"43=Y|122={_peer.Time}");
        _peer.ExpectReject(3, 2, "Incorrect data format for value", "D", 6, "126");
        _peer.Expect("0", 4, "112=one");
        _peer.LogOut(4, 5);
    }

    private void SendTestRequests(int first, int last)
    {
        for (int number = first; number <= last; number++)
        {
            _peer.Send("1", number, "112=HELLO");
            _peer.Expect("0", number, "112=HELLO");
        }
    }

    private void SendOrders(int first, params string[] symbols)
    {
        foreach (string symbol in symbols)
        {
            _peer.Send("D", first, _peer.Order("ID", symbol));
            _peer.Expect("D", first++, _peer.Order("ID", symbol));
        }
    }

    private void ExpectRepeated(int first, params string[] symbols)
    {
        foreach (string symbol in symbols)
        {
            _peer.ExpectDuplicate("D", first++, _peer.Order("ID", symbol));
        }
    }
}
