// A counterparty that others wrote: QuickFIX, as acceptor or initiator, told what to do on standard input and saying what
// happens on standard output.
//   quickfix-peer SETTINGS-FILE initiator|acceptor
#include <quickfix/Application.h>
#include <quickfix/FileStore.h>
#include <quickfix/Session.h>
#include <quickfix/SessionSettings.h>
#include <quickfix/SocketAcceptor.h>
#include <quickfix/SocketInitiator.h>
#include <quickfix/FixFields.h>
#include <iostream>
#include <memory>
#include <mutex>
#include <sstream>
#include <string>

static std::mutex gate;

static void say(const std::string& text)
{
    std::lock_guard<std::mutex> hold(gate);
    std::cout << text << std::endl;
}

static std::string field(const FIX::FieldMap& map, int tag)
{
    return map.isSetField(tag) ? map.getField(tag) : "";
}

class Peer : public FIX::Application
{
public:
    std::unique_ptr<FIX::SessionID> session;
    bool echoes = false;

    void onCreate(const FIX::SessionID& id) override { session.reset(new FIX::SessionID(id)); }
    void onLogon(const FIX::SessionID&) override { say("logon"); }
    void onLogout(const FIX::SessionID&) override { say("logout"); }
    void toAdmin(FIX::Message& message, const FIX::SessionID&) override
    {
        if (field(message.getHeader(), 35) == "3") { say("rejected-them " + field(message, 58) + " " + field(message, 371)); }
    }
    void toApp(FIX::Message&, const FIX::SessionID&) throw(FIX::DoNotSend) override {}
    void fromAdmin(const FIX::Message& message, const FIX::SessionID&)
        throw(FIX::FieldNotFound, FIX::IncorrectDataFormat, FIX::IncorrectTagValue, FIX::RejectLogon) override
    {
        std::string type = field(message.getHeader(), 35);
        if (type == "3") { say("reject " + field(message, 58) + " " + field(message, 371)); }
        if (type == "5") { say("logout-text " + field(message, 58)); }
    }
    void fromApp(const FIX::Message& message, const FIX::SessionID& id)
        throw(FIX::FieldNotFound, FIX::IncorrectDataFormat, FIX::IncorrectTagValue, FIX::UnsupportedMessageType) override
    {
        std::string dup = field(message.getHeader(), 43) == "Y" ? "Y" : "N";
        say("app " + field(message.getHeader(), 35) + " " + field(message.getHeader(), 34) + " " + field(message, 11) + " " + dup);
        if (echoes)
        {
            FIX::Message back = message;
            FIX::Session::sendToTarget(back, id);
        }
    }
};

static void sendOrder(const Peer& peer, const std::string& id)
{
    FIX::Message order;
    order.getHeader().setField(FIX::MsgType("D"));
    order.setField(FIX::ClOrdID(id));
    order.setField(FIX::HandlInst('1'));
    order.setField(FIX::Symbol("BTC-USD"));
    order.setField(FIX::Side('1'));
    order.setField(FIX::TransactTime());
    order.setField(FIX::OrdType('2'));
    order.setField(FIX::Price(60000.25));
    order.setField(FIX::OrderQty(1.5));
    say(FIX::Session::sendToTarget(order, *peer.session) ? "sent " + id : "not-sent " + id);
}

static bool obey(Peer& peer, const std::string& line)
{
    std::istringstream words(line);
    std::string verb, argument;
    words >> verb >> argument;
    FIX::Session* session = FIX::Session::lookupSession(*peer.session);
    if (verb == "order") { sendOrder(peer, argument); }
    else if (verb == "echo") { peer.echoes = true; say("echoing"); }
    else if (verb == "logout") { session->logout(); }
    else if (verb == "out") { session->setNextSenderMsgSeqNum(std::stoi(argument)); say("out " + argument); }
    else if (verb == "in") { session->setNextTargetMsgSeqNum(std::stoi(argument)); say("in " + argument); }
    else if (verb == "numbers")
    {
        say("numbers " + std::to_string(static_cast<int>(session->getExpectedSenderNum())) + " "
            + std::to_string(static_cast<int>(session->getExpectedTargetNum())));
    }
    else if (verb == "quit") { return false; }
    return true;
}

int main(int count, char** arguments)
{
    if (count != 3) { return 2; }
    try
    {
        FIX::SessionSettings settings(arguments[1]);
        Peer peer;
        FIX::FileStoreFactory stores(settings);
        std::unique_ptr<FIX::Initiator> initiator;
        std::unique_ptr<FIX::Acceptor> acceptor;
        if (std::string(arguments[2]) == "initiator")
        {
            initiator.reset(new FIX::SocketInitiator(peer, stores, settings));
            say("ready");
            initiator->start();
        }
        else
        {
            acceptor.reset(new FIX::SocketAcceptor(peer, stores, settings));
            acceptor->start();
            say("ready");
        }

        std::string line;
        while (std::getline(std::cin, line) && obey(peer, line)) {}
        if (initiator) { initiator->stop(); }
        if (acceptor) { acceptor->stop(); }
        return 0;
    }
    catch (std::exception& problem)
    {
        std::cerr << problem.what() << std::endl;
        return 1;
    }
}
